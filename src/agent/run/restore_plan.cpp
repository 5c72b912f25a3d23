#include "agent/run/restore_plan.hpp"

#include <utility>

namespace vc::agent {

namespace {

// Whether something that executes stands before a task in the graph, by TaskId.
std::vector<bool> behind_executions(const TaskGraph& graph, const std::vector<bool>& executes) {
  std::vector<bool> behind(graph.tasks.size());
  for (TaskId task = 0; task < behind.size(); ++task) {
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      if (executes[dependency] || behind[dependency]) {
        behind[task] = true;
      }
    }
  }
  return behind;
}

// Whether something that executes comes after a task, at any distance: what a dependency has made
// may be of use only with what its own dependencies have made.
std::vector<bool> before_executions(const TaskGraph& graph, const std::vector<bool>& executes) {
  std::vector<bool> before(graph.tasks.size());
  for (std::size_t task = before.size(); task-- > 0;) {
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      if (executes[task] || before[task]) {
        before[dependency] = true;
      }
    }
  }
  return before;
}

}  // namespace

RestorePlan plan_restores(const TaskGraph& graph, std::span<const TaskLookup> lookups,
                          RestoreScope scope) {
  std::vector<bool> executes(graph.tasks.size());
  for (TaskId task = 0; task < executes.size(); ++task) {
    const Place place = lookups[task].place;
    executes[task] = lookups[task].is_verified ||
                     (!is_hit(place) && place != Place::no_command && place != Place::deferred);
  }
  const std::vector<bool> behind = behind_executions(graph, executes);
  const std::vector<bool> before = before_executions(graph, executes);

  RestorePlan plan;
  std::vector<TaskId> urgent;
  std::vector<TaskId> others;
  for (TaskId task = 0; task < executes.size(); ++task) {
    const Place place = lookups[task].place;
    if (!is_hit(place)) {
      continue;
    }
    // What it made may be part of a key and yet unknown.
    const bool is_unknown = graph.tasks[task].outputs_count && !lookups[task].outputs;
    const bool is_needed = scope == RestoreScope::all || before[task] ||
                           graph.tasks[task].requested || place == Place::current || is_unknown;
    const bool is_verified = lookups[task].is_verified;  // Its command needs what it depends on.
    if (!is_needed && !is_verified) {
      plan.left.push_back(task);
    } else if (behind[task] || is_verified) {
      plan.in_turn.push_back(task);
    } else {
      (before[task] ? urgent : others).push_back(task);
    }
  }
  plan.ahead = std::move(urgent);
  plan.ahead.insert(plan.ahead.end(), others.begin(), others.end());
  plan.needed = before;
  return plan;
}

}  // namespace vc::agent
