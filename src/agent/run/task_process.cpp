#include "agent/run/task_process.hpp"

#include "agent/command_words.hpp"

#include <span>

namespace vc::agent {

ProcessSpec process_of(const RunContext& context, TaskId task) {
  const TaskNode& node = context.node(task);
  const OutputScope& scope = context.scopes.of(task);
  const auto arguments = context.options.arguments.find(node.label);
  ProcessSpec spec{
      .argv = command_words(node.definition.command, arguments == context.options.arguments.end()
                                                         ? std::span<const std::string>()
                                                         : arguments->second),
      .directory = scope.package.empty() ? scope.root : scope.root / scope.package,
      .environment = task_environment(node.definition, context.config, context.environment,
                                      context.options.env_mode)};
  spec.environment["PWD"] = spec.directory.string();
  return spec;
}

}  // namespace vc::agent
