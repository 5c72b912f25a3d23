#include "agent/scheduler.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace vc::agent {

Scheduler::Scheduler(const TaskGraph& graph, FailurePolicy policy,
                     std::span<const std::uint64_t> expected_ms, unsigned slots)
    : nodes_(graph.tasks.size()), policy_(policy), slots_(slots), unfinished_(graph.tasks.size()) {
  VC_ASSERT(slots > 0);
  std::map<std::string_view, MutexId> mutexes;
  for (TaskId task = 0; task < nodes_.size(); ++task) {
    const TaskNode& node = graph.tasks[task];
    nodes_[task].has_command = node.has_command && !node.definition.rules.persistent;
    nodes_[task].weight = std::clamp(node.definition.rules.weight, 1U, slots_);
    for (const std::string& name : node.definition.rules.mutex) {
      const auto next = static_cast<MutexId>(mutexes.size());
      nodes_[task].mutexes.push_back(mutexes.emplace(name, next).first->second);
    }
    nodes_[task].open_dependencies = static_cast<std::uint32_t>(node.dependencies.size());
    for (const TaskId dependency : node.dependencies) {
      VC_ASSERT(dependency < task);  // TaskGraph is in topological order.
      nodes_[dependency].dependents.push_back(task);
    }
  }
  mutexes_.resize(mutexes.size());
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    std::uint64_t behind = 0;
    for (const TaskId dependent : nodes_[i].dependents) {
      behind = std::max(behind, nodes_[dependent].urgency);
    }
    const std::uint64_t own = i < expected_ms.size() ? expected_ms[i] : 0;
    nodes_[i].urgency = behind + (nodes_[i].has_command ? std::max<std::uint64_t>(1, own) : 0);
  }
  // A settled node may make later ones ready: those are no longer `waiting` when their turn comes.
  for (TaskId task = 0; task < nodes_.size(); ++task) {
    make_ready_if_possible(task);
  }
}

void Scheduler::hold(TaskId task) {
  Node& node = nodes_[task];
  VC_ASSERT(node.state == TaskState::waiting || node.state == TaskState::ready);
  node.held = true;
  if (node.state == TaskState::ready) {
    node.state = TaskState::waiting;  // Its place in the heap is passed over.
  }
}

void Scheduler::release(TaskId task) {
  nodes_[task].held = false;
  make_ready_if_possible(task);
}

bool Scheduler::start_ahead(TaskId task) {
  Node& node = nodes_[task];
  if (node.state != TaskState::waiting) {
    return false;
  }
  VC_ASSERT(node.held);
  node.held = false;
  node.state = TaskState::running;
  ++running_;
  return true;
}

void Scheduler::give_back(TaskId task) {
  Node& node = nodes_[task];
  VC_ASSERT(node.state == TaskState::running);
  vacate(task);
  node.state = TaskState::waiting;
  if (stopped_ || node.doomed) {
    skip(task);
    skip_dependents(task);
    return;
  }
  make_ready_if_possible(task);
}

void Scheduler::reopen(TaskId task) {
  Node& node = nodes_[task];
  VC_ASSERT(node.state == TaskState::succeeded);
  if (stopped_) {
    return;
  }
  node.state = TaskState::waiting;
  node.held = true;
  ++unfinished_;
  if (node.is_complete) {
    withdraw_completion(task);
  }
}

std::optional<TaskId> Scheduler::start_next() {
  while (!ready_.empty()) {
    const TaskId task = ready_.front();
    if (nodes_[task].state != TaskState::ready || waits_for_mutex(task)) {
      pop_ready();
      continue;
    }
    if (used_slots_ > slots_ - nodes_[task].weight) {
      return std::nullopt;  // What is less urgent waits too.
    }
    pop_ready();
    occupy(task);
    return task;
  }
  return std::nullopt;
}

void Scheduler::finish(TaskId task, TaskState outcome) {
  VC_ASSERT(nodes_[task].state == TaskState::running);
  VC_ASSERT(outcome == TaskState::succeeded || outcome == TaskState::failed);
  vacate(task);
  settle(task, outcome);
  if (outcome == TaskState::failed) {
    if (policy_ == FailurePolicy::stop) {
      stop();
    } else if (policy_ == FailurePolicy::keep_going) {
      skip_dependents(task);
    }
  }
}

void Scheduler::stop() {
  stopped_ = true;
  for (TaskId task = 0; task < nodes_.size(); ++task) {
    if (nodes_[task].state == TaskState::waiting || nodes_[task].state == TaskState::ready) {
      skip(task);
    }
  }
}

void Scheduler::skip(TaskId task) {
  nodes_[task].state = TaskState::skipped;
  --unfinished_;
}

void Scheduler::settle(TaskId task, TaskState state) {
  nodes_[task].state = state;
  --unfinished_;
  complete_if_possible(task);
}

// A task that was done ahead of its dependencies counts for its dependents when those are complete
// too: what executes may need all that stands before it, at any distance.
void Scheduler::complete_if_possible(TaskId task) {
  Node& node = nodes_[task];
  const bool is_done = node.state == TaskState::succeeded ||
                       (node.state == TaskState::failed && policy_ == FailurePolicy::always);
  if (!is_done || node.is_complete || node.open_dependencies > 0) {
    return;
  }
  node.is_complete = true;
  for (const TaskId dependent : node.dependents) {
    --nodes_[dependent].open_dependencies;
    make_ready_if_possible(dependent);
    complete_if_possible(dependent);
  }
}

void Scheduler::withdraw_completion(TaskId task) {
  nodes_[task].is_complete = false;
  for (const TaskId dependent : nodes_[task].dependents) {
    Node& node = nodes_[dependent];
    ++node.open_dependencies;
    if (node.state == TaskState::ready) {
      node.state = TaskState::waiting;  // Its place in the heap is passed over.
    }
    if (node.is_complete) {
      withdraw_completion(dependent);
    }
  }
}

// Also what depends on it through a task that is done, or is being done, ahead of its turn.
void Scheduler::skip_dependents(TaskId task) {
  std::vector<TaskId> todo = nodes_[task].dependents;
  std::vector<bool> seen(nodes_.size());
  while (!todo.empty()) {
    const TaskId next = todo.back();
    todo.pop_back();
    if (seen[next]) {
      continue;
    }
    seen[next] = true;
    Node& node = nodes_[next];
    node.doomed = node.state == TaskState::running;
    if (node.state == TaskState::waiting) {
      skip(next);
    }
    todo.insert(todo.end(), node.dependents.begin(), node.dependents.end());
  }
}

void Scheduler::make_ready_if_possible(TaskId task) {
  Node& node = nodes_[task];
  if (node.state != TaskState::waiting || node.held || node.open_dependencies > 0) {
    return;
  }
  if (!node.has_command) {
    settle(task, TaskState::succeeded);
    return;
  }
  node.state = TaskState::ready;
  push_ready(task);
}

void Scheduler::push_ready(TaskId task) {
  ready_.push_back(task);
  std::ranges::push_heap(ready_, [this](TaskId a, TaskId b) { return is_less_urgent(a, b); });
}

void Scheduler::pop_ready() {
  std::ranges::pop_heap(ready_, [this](TaskId a, TaskId b) { return is_less_urgent(a, b); });
  ready_.pop_back();
}

bool Scheduler::waits_for_mutex(TaskId task) {
  for (const MutexId id : nodes_[task].mutexes) {
    if (mutexes_[id].is_held) {
      mutexes_[id].waiting.push_back(task);
      return true;
    }
  }
  return false;
}

void Scheduler::occupy(TaskId task) {
  Node& node = nodes_[task];
  node.state = TaskState::running;
  ++running_;
  node.occupies = true;
  used_slots_ += node.weight;
  for (const MutexId id : node.mutexes) {
    mutexes_[id].is_held = true;
  }
}

void Scheduler::vacate(TaskId task) {
  Node& node = nodes_[task];
  --running_;
  if (!std::exchange(node.occupies, false)) {
    return;
  }
  used_slots_ -= node.weight;
  for (const MutexId id : node.mutexes) {
    mutexes_[id].is_held = false;
    for (const TaskId waiting : std::exchange(mutexes_[id].waiting, {})) {
      push_ready(waiting);  // Those that were skipped meanwhile are passed over.
    }
  }
}

bool Scheduler::is_less_urgent(TaskId a, TaskId b) const {
  if (nodes_[a].urgency != nodes_[b].urgency) {
    return nodes_[a].urgency < nodes_[b].urgency;
  }
  return a > b;  // Equal: in the order of the graph, so that runs are repeatable.
}

}  // namespace vc::agent
