#include "agent/explain/run_memory.hpp"

#include "agent/fingerprint/parallel_for.hpp"
#include "core/assert.hpp"

#include <utility>

namespace vc::agent {

namespace {

// Whether its key says something about this machine's files from now on.
bool is_noteworthy(TaskResult result) {
  return result != TaskResult::skipped && result != TaskResult::interrupted;
}

}  // namespace

std::vector<bool> tasks_in_place(const LookupResult& lookups) {
  std::vector<bool> in_place;
  in_place.reserve(lookups.tasks.size());
  for (const TaskLookup& task : lookups.tasks) {
    in_place.push_back(task.place == Place::current || task.place == Place::no_command);
  }
  return in_place;
}

void RunMemory::load() const {
  std::call_once(loaded_, [this] {
    store_ = NotesStore::load(run_.state_directory);
    for (TaskId task = 0; task < run_.graph.tasks.size(); ++task) {
      tasks_.emplace(run_.node(task).label, task);
    }
  });
}

const NotesStore& RunMemory::store() const {
  load();
  VC_ASSERT(store_.has_value());
  return *store_;
}

TaskNotes RunMemory::notes(TaskId task) const {
  return notes_of(run_.node(task).label, run_.fingerprints[task], {.time = run_.clock.now()});
}

NotesLookup RunMemory::lookup() const {
  load();
  return [this](std::string_view label, const Digest& key) -> std::optional<TaskNotes> {
    const auto task = tasks_.find(label);
    if (task != tasks_.end() && run_.key(task->second) == key) {
      return notes(task->second);
    }
    return store_->find(label, key);
  };
}

std::string RunMemory::miss_reason(TaskId task) const {
  const auto before = store().last(run_.node(task).label);
  if (!before) {
    return "first run here";
  }
  if (before->key == run_.key(task)) {
    return before->result == NotedResult::failed ? "it failed the last time"
                                                 : "its result is in no cache";
  }
  const auto cause = root_cause(*before, notes(task), lookup());
  return cause ? short_reason(*cause) : "";
}

// What such a node is made of explains its users.
void RunMemory::add_source_only(TaskId user, std::vector<bool>& noted,
                                std::vector<Noteworthy>& tasks) const {
  for (const TaskId dependency : run_.node(user).dependencies) {
    if (!run_.node(dependency).has_command && !noted[dependency]) {
      noted[dependency] = true;
      tasks.push_back({.task = dependency});
      add_source_only(dependency, noted, tasks);
    }
  }
}

void RunMemory::record(std::span<const TaskReport> reports, const std::vector<bool>& in_place) {
  std::vector<bool> noted(reports.size(), false);
  std::vector<Noteworthy> tasks;
  for (TaskId task = 0; task < reports.size(); ++task) {
    const TaskResult result = reports[task].result;
    if (in_place[task] || !run_.node(task).has_command || !is_noteworthy(result)) {
      continue;
    }
    tasks.push_back(
        {.task = task,
         .result = result == TaskResult::failed ? NotedResult::failed : NotedResult::good});
    add_source_only(task, noted, tasks);
  }
  if (tasks.empty()) {
    return;
  }
  load();
  VC_ASSERT(store_.has_value());
  std::erase_if(tasks, [this](const Noteworthy& one) {
    return store_->is_known(run_.node(one.task).label, run_.key(one.task), one.result);
  });
  std::vector<TaskNotes> fresh(tasks.size());
  parallel_for(tasks.size(), run_.options.threads, [&](std::size_t i, unsigned) {
    fresh[i] = notes(tasks[i].task);
    fresh[i].result = tasks[i].result;
  });
  static_cast<void>(store_->add(fresh, run_.clock.now()));
}

}  // namespace vc::agent
