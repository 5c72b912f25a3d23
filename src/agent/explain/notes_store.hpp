// NotesStore: the notes of earlier runs in this workspace, `<state_directory>/notes/`.
//
// A run that did something writes one file with the notes of the tasks whose key is new here; a
// no-op writes nothing. When there are many files they become one, which keeps the last two keys of
// each task. Safe for concurrent runs: files are written whole, never changed, and a file that is
// gone was merged into another. What cannot be read counts as absent: these are explanations, and
// nothing is decided by them.
#pragma once

#include "agent/explain/task_notes.hpp"
#include "core/files.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

inline constexpr std::string_view kNotesDirectory = "notes";

struct NotesLimits {
  std::size_t files_max = 16;         // More are merged.
  std::size_t notes_max = 40'000;     // Kept by a merge: the newest.
  std::size_t bytes_max = 128 << 20;  // The same; also the most that is read.
};

class NotesStore {
 public:
  // Reads all of it, at most `limits.bytes_max`; blocks on the disk.
  static NotesStore load(const fs::path& state_directory, const NotesLimits& limits = {});

  // Of the last run that noted the task.
  std::optional<TaskNotes> last(std::string_view label) const;
  std::optional<Digest> last_key(std::string_view label) const;
  // The newest with that key.
  std::optional<TaskNotes> find(std::string_view label, const Digest& key) const;
  // The newest with another key.
  std::optional<TaskNotes> other_than(std::string_view label, const Digest& key) const;

  // Whether the newest notes of the task say just that.
  bool is_known(std::string_view label, const Digest& key, NotedResult result) const;

  // Writes them as the newest. What is_known() is left out.
  Result<void> add(std::span<const TaskNotes> notes, TimePoint now);

 private:
  // Into texts_, whose strings never move.
  struct Entry {
    NotesHead head;
    std::string_view encoded;
  };

  explicit NotesStore(fs::path directory, const NotesLimits& limits)
      : directory_(std::move(directory)), limits_(limits) {}

  std::span<const Entry> entries_of(std::string_view label) const;
  void read_files();
  void index(std::string_view text);
  // The notes worth keeping beside `fresh`, newest first.
  std::string kept_beside(std::span<const TaskNotes> fresh) const;

  fs::path directory_;
  NotesLimits limits_;
  std::vector<std::unique_ptr<std::string>> texts_;
  std::vector<fs::path> files_;                                        // Newest first.
  std::vector<Entry> order_;                                           // All notes, newest first.
  std::unordered_map<std::string_view, std::vector<Entry>> by_label_;  // Newest first.
};

}  // namespace vc::agent
