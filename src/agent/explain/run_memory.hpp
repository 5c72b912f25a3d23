// RunMemory: what this workspace remembers of its earlier runs, and what a run adds to it.
//
// Read from disk when first asked: a run in which everything is in place never does. The const part
// is safe for concurrent use.
#pragma once

#include "agent/explain/cause.hpp"
#include "agent/explain/notes_store.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

class RunMemory {
 public:
  // `run` must outlive this.
  explicit RunMemory(const RunContext& run) : run_(run) {}

  // Why the task has no result to take, in a few words.
  std::string miss_reason(TaskId task) const;

  TaskNotes notes(TaskId task) const;
  const NotesStore& store() const;
  // Finds notes of this run and of those before it.
  NotesLookup lookup() const;

  // Notes the tasks that did something: `in_place` by TaskId, from before the run. Best effort:
  // without notes the next run explains less.
  void record(std::span<const TaskReport> reports, const std::vector<bool>& in_place);

 private:
  void load() const;

  // A task whose notes are worth keeping, and how it ended.
  struct Noteworthy {
    TaskId task;
    NotedResult result = NotedResult::good;
  };

  std::vector<OutputEntry> made_by(TaskId task) const;
  void add_source_only(TaskId user, std::vector<bool>& noted, std::vector<Noteworthy>& tasks) const;

  const RunContext& run_;
  mutable std::once_flag loaded_;
  mutable std::optional<NotesStore> store_;
  mutable std::unordered_map<std::string_view, TaskId> tasks_;  // By label.
};

// By TaskId: whether there is nothing to do for it.
std::vector<bool> tasks_in_place(const LookupResult& lookups);

}  // namespace vc::agent
