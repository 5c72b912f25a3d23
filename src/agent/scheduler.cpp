#include "agent/scheduler.hpp"

#include "core/assert.hpp"

#include <algorithm>

namespace vc::agent {

Scheduler::Scheduler(const TaskGraph& graph, FailurePolicy policy,
                     std::span<const std::uint64_t> expected_ms)
    : nodes_(graph.tasks.size()), policy_(policy), unfinished_(graph.tasks.size()) {
  for (TaskId task = 0; task < nodes_.size(); ++task) {
    const TaskNode& node = graph.tasks[task];
    nodes_[task].has_command = node.has_command;
    nodes_[task].open_dependencies = static_cast<std::uint32_t>(node.dependencies.size());
    for (const TaskId dependency : node.dependencies) {
      VC_ASSERT(dependency < task);  // TaskGraph is in topological order.
      nodes_[dependency].dependents.push_back(task);
    }
  }
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
  --running_;
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
  node.held = node.has_command;
  ++unfinished_;
  for (const TaskId dependent : node.dependents) {
    Node& next = nodes_[dependent];
    ++next.open_dependencies;
    if (next.state == TaskState::ready) {
      next.state = TaskState::waiting;  // Its place in the heap is passed over.
    } else if (next.state == TaskState::succeeded && !next.has_command) {
      reopen(dependent);  // Else whoever waits for it would not wait for this one.
    }
  }
}

std::optional<TaskId> Scheduler::start_next() {
  while (!ready_.empty()) {
    std::pop_heap(ready_.begin(), ready_.end(),
                  [this](TaskId a, TaskId b) { return is_less_urgent(a, b); });
    const TaskId task = ready_.back();
    ready_.pop_back();
    if (nodes_[task].state == TaskState::ready) {
      nodes_[task].state = TaskState::running;
      ++running_;
      return task;
    }
  }
  return std::nullopt;
}

void Scheduler::finish(TaskId task, TaskState outcome) {
  VC_ASSERT(nodes_[task].state == TaskState::running);
  VC_ASSERT(outcome == TaskState::succeeded || outcome == TaskState::failed);
  --running_;
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
  if (state != TaskState::succeeded && policy_ != FailurePolicy::always) {
    return;
  }
  for (const TaskId dependent : nodes_[task].dependents) {
    --nodes_[dependent].open_dependencies;
    make_ready_if_possible(dependent);
  }
}

void Scheduler::skip_dependents(TaskId task) {
  std::vector<TaskId> todo = nodes_[task].dependents;
  while (!todo.empty()) {
    const TaskId next = todo.back();
    Node& node = nodes_[next];
    todo.pop_back();
    node.doomed = node.state == TaskState::running;
    if (node.state == TaskState::waiting) {
      skip(next);
      todo.insert(todo.end(), node.dependents.begin(), node.dependents.end());
    }
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
  ready_.push_back(task);
  std::push_heap(ready_.begin(), ready_.end(),
                 [this](TaskId a, TaskId b) { return is_less_urgent(a, b); });
}

bool Scheduler::is_less_urgent(TaskId a, TaskId b) const {
  if (nodes_[a].urgency != nodes_[b].urgency) {
    return nodes_[a].urgency < nodes_[b].urgency;
  }
  return a > b;  // Equal: in the order of the graph, so that runs are repeatable.
}

}  // namespace vc::agent
