#include "agent/effective_task.hpp"

namespace vc::agent {

TaskDefinition merged(const TaskDefinition& root, const TaskDefinition& own) {
  TaskDefinition task = root;
  const auto given = [&](TaskKey key) {
    if (own.given.contains(key)) {
      task.given.insert(key);
      return true;
    }
    return false;
  };
  if (given(TaskKey::command)) {
    task.command = own.command;
  }
  if (given(TaskKey::inputs)) {
    task.inputs = own.inputs;
    task.inputs_extend_defaults = own.inputs_extend_defaults;
    task.root_inputs = own.root_inputs;
  }
  if (given(TaskKey::outputs)) {
    task.outputs = own.outputs;
  }
  if (given(TaskKey::depends_on)) {
    task.depends_on = own.depends_on;
    task.with = own.with;
  }
  if (given(TaskKey::env)) {
    task.env = own.env;
  }
  if (given(TaskKey::pass_env)) {
    task.pass_env = own.pass_env;
  }
  if (given(TaskKey::tools)) {
    task.tools = own.tools;
  }
  if (given(TaskKey::cache)) {
    task.cache = own.cache;
  }
  if (given(TaskKey::incremental)) {
    task.incremental = own.incremental;
  }
  if (given(TaskKey::outputs_optional)) {
    task.outputs_optional = own.outputs_optional;
  }
  if (given(TaskKey::platform)) {
    task.platform_independent = own.platform_independent;
  }
  if (given(TaskKey::description)) {
    task.description = own.description;
  }
  if (given(TaskKey::retries)) {
    task.rules.retries = own.rules.retries;
  }
  if (given(TaskKey::timeout)) {
    task.rules.timeout = own.rules.timeout;
  }
  if (given(TaskKey::weight)) {
    task.rules.weight = own.rules.weight;
  }
  if (given(TaskKey::mutex)) {
    task.rules.mutex = own.rules.mutex;
  }
  if (given(TaskKey::persistent)) {
    task.rules.persistent = own.rules.persistent;
  }
  if (given(TaskKey::ready_when)) {
    task.rules.ready_when = own.rules.ready_when;
  }
  if (given(TaskKey::script_runner)) {
    task.script_runner = own.script_runner;
  }
  task.at = own.at;
  return task;
}

std::optional<TaskDefinition> effective_task(const Config& config, const Package& package,
                                             std::string_view task) {
  const std::string name(task);
  const auto root = config.pipeline.find(name);
  const auto own = package.overrides.find(name);
  if (own == package.overrides.end()) {
    return root == config.pipeline.end() ? std::nullopt : std::optional(root->second);
  }
  return root == config.pipeline.end() ? own->second : merged(root->second, own->second);
}

}  // namespace vc::agent
