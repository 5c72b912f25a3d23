// SharedNotes: what went into the keys of one trusted run at one commit, as it lies in the remote
// cache for `velocity-cli why` on machines that have not run the tasks (docs/shared-notes.md).
//
// An ordinary sealed artifact, whose key is made of what it is about and never of what is in it, so
// that a reader can ask for it. The format is TaskNotes behind a head that repeats the key's parts.
#pragma once

#include "agent/explain/task_notes.hpp"
#include "core/result.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

// How much of a commit's id is shown.
inline constexpr std::size_t kCommitDigits = 12;

// Of one address: a writer takes the first free one, so that shards and the platforms of a build
// matrix do not shut each other out. First write wins in each.
inline constexpr unsigned kNotesSlots = 8;

struct SharedNotesLimits {
  std::size_t unpacked_bytes_max = 32 << 20;  // Notes beyond it are left out by who writes.
  std::size_t packed_bytes_max = 33 << 20;    // What does not shrink grows a little.
  std::size_t notes_max = 20'000;
};

struct NotesAddress {
  std::string project;    // Config::project_id
  std::string workspace;  // In its repository: "" or "tools/web/".
  std::string commit;     // The full name, in hex.
  std::string task;       // "build"
};

// SHA-256 over a length-prefixed encoding that no key of a task begins with.
Digest notes_key(const NotesAddress& address, unsigned slot);

// Whether what lies there was put there by the builds that everybody relies on: `default`, all
// there is with one token, and `trusted/...`. Others belong to pull requests, branches and people.
bool is_trusted_scope(std::string_view scope);

struct PackedNotes {
  std::string bytes;  // One zstd frame.
  Digest content;     // Of labels, keys and results alone: equal where two runs had the same keys.
};

// Labels end with "#" and the task's name. What is past a limit is left out, from the end.
Result<PackedNotes> pack_shared_notes(const NotesAddress& address, std::span<const TaskNotes> notes,
                                      const SharedNotesLimits& limits = {});

class SharedNotes {
 public:
  // Bytes may be anybody's. Errc::corrupt for anything but the notes of that address, whole and
  // within the limits.
  static Result<SharedNotes> unpack(std::string_view packed, const NotesAddress& address,
                                    const SharedNotesLimits& limits = {});
  // The same of what is in the frame.
  static Result<SharedNotes> parse(std::string text, const NotesAddress& address,
                                   const SharedNotesLimits& limits = {});

  std::optional<TaskNotes> find(std::string_view label) const;

  std::size_t size() const { return by_label_.size(); }

  // In memory.
  std::size_t bytes() const { return text_->size(); }

 private:
  std::unique_ptr<std::string> text_;  // Does not move; the map points into it.
  std::unordered_map<std::string_view, std::string_view> by_label_;
};

}  // namespace vc::agent
