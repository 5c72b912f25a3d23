#include "agent/effective_task.hpp"

namespace vc::agent {

namespace {

template <class Given>
void merge_rules(ExecutionRules& rules, const ExecutionRules& own, const Given& given) {
  if (given(TaskKey::retries)) {
    rules.retries = own.retries;
  }
  if (given(TaskKey::timeout)) {
    rules.timeout = own.timeout;
  }
  if (given(TaskKey::weight)) {
    rules.weight = own.weight;
  }
  if (given(TaskKey::mutex)) {
    rules.mutex = own.mutex;
  }
  if (given(TaskKey::persistent)) {
    rules.persistent = own.persistent;
  }
  if (given(TaskKey::ready_when)) {
    rules.ready_when = own.ready_when;
  }
}

}  // namespace

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
  }
  if (given(TaskKey::with)) {
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
  merge_rules(task.rules, own.rules, given);
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
