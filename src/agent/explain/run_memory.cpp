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

// Of more than this none is named.
constexpr std::size_t kNotedOutputsMax = 5'000;

std::string described_output(const OutputEntry& entry) {
  switch (entry.kind) {
    case EntryKind::directory:
      return "directory";
    case EntryKind::symlink:
      return "link " + sha256(entry.target).hex();
    case EntryKind::file:
      break;
  }
  return (entry.executable ? "executable " : "file ") + entry.digest.hex();
}

void add_outputs(const std::vector<OutputEntry>& outputs, TaskNotes& notes) {
  if (outputs.size() > kNotedOutputsMax) {
    return;
  }
  for (const OutputEntry& entry : outputs) {
    notes.ingredients.push_back({.kind = IngredientKind::made_output,
                                 .name = entry.path,
                                 .value = described_output(entry)});
  }
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
  const TaskNode& node = run_.node(task);
  TaskNotes notes = notes_of(node.label, run_.fingerprints[task], {.time = run_.clock.now()});
  for (const TaskId used : node.on_outputs) {
    if (!run_.fingerprints[used].is_deferred) {
      notes.ingredients.push_back({.kind = IngredientKind::maker,
                                   .name = run_.node(used).label,
                                   .value = run_.key(used).hex()});
    }
  }
  if (node.outputs_count) {
    add_outputs(made_by(task), notes);
  }
  return notes;
}

// As this machine has them; none when it has them nowhere.
std::vector<OutputEntry> RunMemory::made_by(TaskId task) const {
  auto record = read_output_record(run_.state_directory, run_.node(task).label);
  if (record && record->key == run_.key(task)) {
    return std::move(record->entries);
  }
  const auto cached = run_.tiers.find(run_.key(task));
  auto head = cached ? read_archive_head(archive_source(cached->entry))
                     : fail(Errc::not_found, "no such entry");
  return head ? std::move(head->manifest.outputs) : std::vector<OutputEntry>();
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
    if (in_place[task] || !run_.node(task).has_command || !is_noteworthy(result) ||
        run_.fingerprints[task].is_deferred) {
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
