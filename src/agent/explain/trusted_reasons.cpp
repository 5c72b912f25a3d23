#include "agent/explain/trusted_reasons.hpp"

#include "agent/explain/clean_commit.hpp"
#include "agent/explain/remote_notes.hpp"

#include <fmt/core.h>

#include <utility>

namespace vc::agent {

TrustedReasons::TrustedReasons(const RunContext& run, const RunMemory& memory,
                               net::HttpClient& http, Pause pause)
    : run_(run),
      memory_(memory),
      remote_(run.remote == nullptr ? RemoteOptions{} : run.remote->options(), http,
              std::move(pause), [](std::string_view) {}) {}

TrustedReasons::~TrustedReasons() {
  thread_.request_stop();
}

// A task that ran here is compared with that; one whose key is not known yet with nothing.
std::vector<TaskId> TrustedReasons::unknown_here(const LookupResult& lookups) const {
  std::vector<TaskId> tasks;
  for (TaskId task = 0; task < lookups.tasks.size(); ++task) {
    if (lookups.tasks[task].place == Place::nowhere && !run_.fingerprints[task].is_deferred &&
        !memory_.store().last_key(run_.node(task).label)) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

void TrustedReasons::begin(const LookupResult& lookups) {
  if (!run_.may_read_remote() || run_.options.reuse == Reuse::forbidden ||
      !run_.config.remote.shares_notes || run_.remote->troubles().count() > 0 ||
      !may_have_repository(run_.config.root)) {
    return;
  }
  std::vector<TaskId> tasks = unknown_here(lookups);
  if (tasks.empty()) {
    return;
  }
  for (const TaskId task : tasks) {
    reasons_[task] = std::nullopt;
  }
  for (TaskId task = 0; task < run_.graph.tasks.size(); ++task) {
    if (!run_.fingerprints[task].is_deferred) {
      settled_.emplace(run_.node(task).label, task);
    }
  }
  began_ = std::chrono::steady_clock::now();
  thread_ = std::jthread(
      [this, tasks = std::move(tasks)](const std::stop_token& stop) { work(tasks, stop); });
}

// In the order of the graph, in which they start.
void TrustedReasons::work(const std::vector<TaskId>& tasks, const std::stop_token& stop) {
  const Profile::Span span = run_.profiled("compare with trusted runs");
  const auto notes = RemoteNotes::look(run_, remote_, [](std::string_view) {}, stop);
  for (const TaskId task : tasks) {
    std::string text = notes && !stop.stop_requested() ? reason(task, **notes) : "";
    const std::scoped_lock lock(mutex_);
    reasons_[task] = std::move(text);
    changed_.notify_all();
  }
}

std::string TrustedReasons::reason(TaskId task, RemoteNotes& notes) const {
  const TaskNotes now = memory_.notes(task);
  const auto found = notes.nearest(now, run_.node(task).name);
  if (!found) {
    return "";
  }
  const std::string commit = "commit " + found->run.commit.substr(0, kCommitDigits);
  if (const auto cause = root_cause(found->notes, now, lookup_at(notes, found->commit))) {
    return fmt::format("{} since {}", short_reason(*cause), commit);
  }
  return found->notes.result == NotedResult::failed
             ? fmt::format("it failed at {}", commit)
             : fmt::format("its result at {} is in no cache", commit);
}

// Keys that become known meanwhile are left alone: others write them.
NotesLookup TrustedReasons::lookup_at(RemoteNotes& notes, std::size_t commit) const {
  return [this, &notes, commit](std::string_view label, const Digest& key) {
    const auto task = settled_.find(label);
    return task != settled_.end() && run_.key(task->second) == key
               ? std::optional(memory_.notes(task->second))
               : notes.find(commit, label, key);
  };
}

std::string TrustedReasons::of(TaskId task, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto reason = reasons_.find(task);
  if (reason == reasons_.end()) {
    return "";
  }
  changed_.wait_until(lock, began_ + patience, [&] { return reason->second.has_value(); });
  return reason->second.value_or("");
}

}  // namespace vc::agent
