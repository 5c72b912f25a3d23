#include "agent/run/persistent_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

bool is_persistent(const TaskNode& node) {
  return node.has_command && node.definition.rules.persistent;
}

bool names_only_persistent_tasks(const TaskGraph& graph) {
  return std::ranges::any_of(graph.tasks, &TaskNode::requested) &&
         std::ranges::all_of(graph.tasks, [](const TaskNode& node) {
           return !node.requested || is_persistent(node);
         });
}

// Its own files, variables and definition; not what it depends on: a server that is told to look
// after a rebuilt library by itself is left alone.
std::string identity_of(const TaskFingerprint& fingerprint) {
  std::string text;
  for_each_ingredient(fingerprint, [&](const Ingredient& ingredient) {
    if (ingredient.kind != IngredientKind::dependency &&
        ingredient.kind != IngredientKind::dependency_outputs) {
      text += fmt::format("{}:{}:{}:{}\n", static_cast<int>(ingredient.kind),
                          ingredient.name.size(), ingredient.name, ingredient.value);
    }
  });
  return sha256(text).hex();
}

}  // namespace

PersistentRun::PersistentRun(RunContext& context, Processes& processes)
    : context_(context),
      commands_(context, processes),
      own_(context.persistent == nullptr
               ? std::make_unique<PersistentTasks>(processes, context.progress, context.clock)
               : nullptr),
      tasks_(own_ ? *own_ : *context.persistent),
      only_persistent_is_named_(names_only_persistent_tasks(context.graph)),
      started_(context.graph.tasks.size()) {}

void PersistentRun::start_named(const std::function<bool(TaskId)>& are_dependencies_done) {
  for (TaskId task = 0; task < context_.graph.tasks.size(); ++task) {
    const TaskNode& node = context_.node(task);
    if (node.requested && is_persistent(node) && are_dependencies_done(task)) {
      start(task);
    }
  }
}

void PersistentRun::start(TaskId task) {
  const std::scoped_lock lock(mutex_);
  if (started_[task]) {
    return;
  }
  started_[task] = true;
  const TaskNode& node = context_.node(task);
  const auto before = tasks_.status(node.label);
  const bool is_new = tasks_.start({.label = node.label,
                                    .identity = identity_of(context_.fingerprints[task]),
                                    .processes = commands_.processes_of(task).processes,
                                    .ready_when = node.definition.rules.ready_when,
                                    .timeout = node.definition.rules.timeout});
  if (is_new) {
    context_.progress.started(node.label, context_.key(task),
                              before ? "persistent, started again" : "persistent");
  }
}

Result<void> PersistentRun::require_for(TaskId task, const std::stop_token& stop) {
  for (const TaskId dependency : context_.node(task).dependencies) {
    const TaskNode& node = context_.node(dependency);
    if (!node.has_command) {
      VC_CHECK(require_for(dependency, stop));
    }
    if (!is_persistent(node)) {
      continue;
    }
    VC_CHECK(require_for(dependency, stop));
    start(dependency);
    const PersistentStatus status = tasks_.wait_until_ready(node.label, stop);
    if (stop.stop_requested()) {
      return fail(Errc::canceled, "the run was interrupted");
    }
    if (status.state != PersistentState::ready) {
      return fail(Errc::unavailable,
                  fmt::format("{}, which it needs, {}", node.label,
                              status.failure.empty() ? "was ended" : "has failed"));
    }
  }
  return {};
}

std::vector<TaskId> PersistentRun::started() const {
  const std::scoped_lock lock(mutex_);
  std::vector<TaskId> tasks;
  for (TaskId task = 0; task < started_.size(); ++task) {
    if (started_[task]) {
      tasks.push_back(task);
    }
  }
  return tasks;
}

std::optional<PersistentStatus> PersistentRun::status(TaskId task) const {
  return tasks_.status(context_.node(task).label);
}

bool PersistentRun::has_failed() const {
  return std::ranges::any_of(started(), [&](TaskId task) {
    const auto found = status(task);
    return found && !found->failure.empty();
  });
}

bool PersistentRun::goes_on(FailurePolicy policy) const {
  if (own_ == nullptr || !only_persistent_is_named_ ||
      (policy == FailurePolicy::stop && has_failed())) {
    return false;
  }
  return std::ranges::any_of(started(), [&](TaskId task) {
    const auto found = status(task);
    return found && found->state != PersistentState::ended;
  });
}

void PersistentRun::finish(std::vector<TaskReport>& reports, int signal) {
  if (own_ || signal != 0) {
    tasks_.end_all();
  }
  for (const TaskId task : started()) {
    report(task, reports[task], signal);
  }
}

void PersistentRun::report(TaskId task, TaskReport& report, int signal) const {
  const auto found = status(task);
  if (!found) {
    return;
  }
  report.is_persistent = true;
  report.duration_ms = found->ready_ms;
  if (signal != 0) {
    report.result = TaskResult::interrupted;
  } else if (found->failure.empty()) {
    report.result = TaskResult::succeeded;
  } else {
    report.result = TaskResult::failed;
    report.why = found->failure;
    report.cause = found->cause;
    report.exit_status = found->exit_status;
    report.log = found->log;
  }
  if (found->state == PersistentState::ended) {
    context_.progress.finished(report);
  }
}

}  // namespace vc::agent
