#include "agent/run/key_waves.hpp"

#include <algorithm>
#include <utility>

namespace vc::agent {

KeyWaves::KeyWaves(const Workspace& workspace, const TaskGraph& graph,
                   std::vector<TaskFingerprint>& fingerprints)
    : workspace_(workspace),
      graph_(graph),
      fingerprints_(fingerprints),
      keys_(graph.tasks.size(), State::known),
      told_(graph.tasks.size(), State::open),
      outputs_(graph.tasks.size()),
      open_users_(graph.tasks.size()) {
  for (TaskId task = 0; task < keys_.size(); ++task) {
    if (!fingerprints[task].is_deferred) {
      continue;
    }
    keys_[task] = State::open;
    for (const TaskId dependency : graph.tasks[task].dependencies) {
      open_users_[dependency].push_back(task);
    }
  }
}

void KeyWaves::tell(TaskId task, const std::optional<Digest>& outputs) {
  if (!graph_.tasks[task].outputs_count) {
    return;
  }
  told_[task] = outputs ? State::known : State::never;
  outputs_[task] = outputs;
  decide_users_of(task);
}

KeyWaves::Decided KeyWaves::take_decided() {
  Decided decided = std::exchange(decided_, {});
  std::ranges::sort(decided.keyed);
  std::ranges::sort(decided.unkeyed);
  return decided;
}

bool KeyWaves::holds(TaskId task) const {
  return keys_[task] == State::known &&
         key_counts(workspace_, graph_, task, outputs_, fingerprints_[task]);
}

KeyWaves::State KeyWaves::state_for(TaskId user, TaskId dependency) const {
  return graph_.tasks[user].counts_outputs_of(dependency) ? told_[dependency] : keys_[dependency];
}

bool KeyWaves::decide(TaskId task) {
  if (keys_[task] != State::open) {
    return false;
  }
  bool is_open = false;
  for (const TaskId dependency : graph_.tasks[task].dependencies) {
    const State state = state_for(task, dependency);
    if (state == State::never) {
      keys_[task] = State::never;
      decided_.unkeyed.push_back(task);
      return true;
    }
    is_open = is_open || state == State::open;
  }
  if (is_open) {
    return false;
  }
  finish_key(workspace_, graph_, task, outputs_, fingerprints_);
  keys_[task] = State::known;
  decided_.keyed.push_back(task);
  return true;
}

void KeyWaves::decide_users_of(TaskId task) {
  std::vector<TaskId> todo = open_users_[task];
  while (!todo.empty()) {
    const TaskId next = todo.back();
    todo.pop_back();
    if (decide(next)) {
      const std::vector<TaskId>& users = open_users_[next];
      todo.insert(todo.end(), users.begin(), users.end());
    }
  }
}

}  // namespace vc::agent
