#include "agent/effective_task.hpp"

namespace vc::agent {

TaskDefinition merged(const TaskDefinition& root, const TaskDefinition& override_) {
  TaskDefinition task = root;
  const auto given = [&](TaskKey key) {
    if (override_.given.contains(key)) {
      task.given.insert(key);
      return true;
    }
    return false;
  };
  if (given(TaskKey::command)) {
    task.command = override_.command;
  }
  if (given(TaskKey::inputs)) {
    task.inputs = override_.inputs;
  }
  if (given(TaskKey::outputs)) {
    task.outputs = override_.outputs;
  }
  if (given(TaskKey::depends_on)) {
    task.depends_on = override_.depends_on;
  }
  if (given(TaskKey::env)) {
    task.env = override_.env;
  }
  if (given(TaskKey::pass_env)) {
    task.pass_env = override_.pass_env;
  }
  if (given(TaskKey::tools)) {
    task.tools = override_.tools;
  }
  if (given(TaskKey::cache)) {
    task.cache = override_.cache;
  }
  if (given(TaskKey::incremental)) {
    task.incremental = override_.incremental;
  }
  if (given(TaskKey::outputs_optional)) {
    task.outputs_optional = override_.outputs_optional;
  }
  if (given(TaskKey::platform)) {
    task.platform_independent = override_.platform_independent;
  }
  if (given(TaskKey::description)) {
    task.description = override_.description;
  }
  task.at = override_.at;
  return task;
}

std::optional<TaskDefinition> effective_task(const Config& config, const Package& package,
                                             std::string_view task) {
  const std::string name(task);
  const auto root = config.pipeline.find(name);
  const auto override_ = package.overrides.find(name);
  if (override_ == package.overrides.end()) {
    return root == config.pipeline.end() ? std::nullopt : std::optional(root->second);
  }
  return root == config.pipeline.end() ? override_->second
                                       : merged(root->second, override_->second);
}

}  // namespace vc::agent
