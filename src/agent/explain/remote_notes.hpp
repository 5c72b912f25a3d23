// RemoteNotes: the notes that trusted runs at earlier commits have left in the remote cache.
//
// One batch of questions finds the commits that have some; notes are read when asked for. What is
// read is verified as every artifact is, and what is doubtful is a warning and counts as absent:
// these are explanations, and nothing is decided by them.
#pragma once

#include "agent/explain/cause.hpp"
#include "agent/explain/clean_commit.hpp"
#include "agent/explain/shared_notes.hpp"
#include "agent/run/run_context.hpp"

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kCommitsAsked = 50;
// Of the commits that have notes of a task's name, how many are looked into for the task itself.
inline constexpr std::size_t kCommitsRead = 4;
// Unpacked, for all that one command reads.
inline constexpr std::size_t kRemoteNotesBytesMax = 128 << 20;

// The run that somebody compares with.
struct SharedRun {
  std::string commit;  // The full name.
  std::size_t commits_back = 0;
  std::string scope;
};

class RemoteNotes {
 public:
  // Asks git and the gateway; blocks. Where that cannot be done, an error in words for people:
  // "git knows no commit here". `warn` is told what was doubtful. `run`, `remote` must outlive
  // this.
  static Result<std::unique_ptr<RemoteNotes>> look(const RunContext& run, RemoteCache& remote,
                                                   RemoteTroubles::Warn warn, std::stop_token stop);

  struct Found {
    TaskNotes notes;
    SharedRun run;
    std::size_t commit = 0;  // For find().
  };

  // Of the nearest commit that knows the task; of several runs there the one most like `now`.
  std::optional<Found> nearest(const TaskNotes& now, std::string_view task);
  // Of the same task or another, by a run at that commit.
  std::optional<TaskNotes> find(std::size_t commit, std::string_view label, const Digest& key);

  // How many commits were asked about: fewer than kCommitsAsked in a shallow clone.
  std::size_t commits() const { return commits_.size(); }

  // Whether it is one, and those were too few for that.
  bool is_shallow() const { return is_shallow_; }

 private:
  RemoteNotes(const RunContext& run, RemoteCache& remote, RemoteTroubles::Warn warn,
              std::stop_token stop)
      : run_(run), remote_(remote), warn_(std::move(warn)), stop_(std::move(stop)) {}

  struct Loaded {
    SharedNotes notes;
    std::string scope;
  };

  using Place = std::pair<std::size_t, std::string>;  // Commit and task name.

  NotesAddress address(const Place& place) const;
  Result<void> ask_for_commits();
  const std::vector<Loaded>& load(const Place& place);
  void read(const RemoteAnswer& answer, const Place& place, std::vector<Loaded>& into);
  Result<SharedNotes> download(const RemoteArtifact& artifact, const NotesAddress& address);

  const RunContext& run_;
  RemoteCache& remote_;
  RemoteTroubles::Warn warn_;
  std::stop_token stop_;
  std::string workspace_;
  bool is_shallow_ = false;
  std::vector<std::string> commits_;             // Newest first.
  std::map<Place, RemoteAnswer> first_answers_;  // Of the slot that is filled first.
  std::map<Place, std::vector<Loaded>> loaded_;
  std::size_t bytes_read_ = 0;
};

}  // namespace vc::agent
