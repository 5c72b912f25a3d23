#include "agent/task_graph/persistent_check.hpp"

#include "agent/config/config_error.hpp"
#include "agent/config/dependency_reader.hpp"
#include "agent/diagnostic_codes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace vc::agent {

namespace {

// A key that means nothing for this task; "" when there is none.
std::string_view meaningless_key(const TaskDefinition& task) {
  const ExecutionRules& rules = task.rules;
  if (!rules.persistent) {
    return rules.ready_when ? "ready_when" : "";
  }
  if (!task.outputs.patterns.empty()) {
    return "outputs";
  }
  if (task.cache && task.given.contains(TaskKey::cache)) {
    return "cache";
  }
  if (task.incremental) {
    return "incremental";
  }
  if (rules.retries > 0) {
    return "retries";
  }
  if (rules.weight > 1) {
    return "weight";
  }
  if (!rules.mutex.empty()) {
    return "mutex";
  }
  return rules.timeout.count() > 0 && !rules.ready_when ? "timeout" : "";
}

std::string remedy_for(std::string_view key) {
  if (key == "ready_when") {
    return "add persistent: true, or remove it";
  }
  if (key == "timeout") {
    return "it limits how long the task takes to be ready: add ready_when, or remove it";
  }
  return "remove it: the task runs until the others are done, beside them and outside of every "
         "limit";
}

// How `node` asks for what `dependency` makes, which never ends and so has made nothing; null: it
// does not.
const DependencyPattern* on_outputs_of(const TaskNode& node, const TaskNode& dependency) {
  const auto& patterns = node.definition.depends_on;
  const auto found = std::ranges::find_if(patterns, [&](const DependencyPattern& pattern) {
    return pattern.task == dependency.name && pattern.on == DependencyOn::outputs;
  });
  return found == patterns.end() ? nullptr : &*found;
}

const SourcePosition& position_of(const TaskNode& node, const TaskNode& dependency) {
  const auto written =
      std::ranges::find(node.definition.depends_on, dependency.name, &DependencyPattern::task);
  return written == node.definition.depends_on.end() ? dependency.definition.at : written->at;
}

}  // namespace

Diagnostics check_persistent_definitions(const TaskCatalog& catalog) {
  Diagnostics errors;
  std::set<std::tuple<std::string, int, std::string_view>> told;
  for (const std::string& name : catalog.names()) {
    for (const Package& package : catalog.workspace().packages) {
      const TaskDefinition* task = catalog.definition(package.id, name);
      const std::string_view key = task == nullptr ? "" : meaningless_key(*task);
      if (key.empty() || !told.emplace(task->at.file, task->at.line, key).second) {
        continue;
      }
      errors.push_back(config_error(
          catalog.config(), codes::kPersistentConflict, task->at,
          task->rules.persistent
              ? fmt::format("\"{}\" means nothing for \"{}\", which is persistent", key, name)
              : fmt::format("\"{}\" means nothing for \"{}\", which is not persistent", key, name),
          remedy_for(key)));
    }
  }
  return errors;
}

Diagnostics check_persistent_dependencies(const Config& config, const TaskGraph& graph) {
  Diagnostics errors;
  std::set<std::tuple<std::string, int, std::string>> told;
  for (const TaskNode& node : graph.tasks) {
    for (const TaskId id : node.dependencies) {
      const TaskNode& dependency = graph.tasks[id];
      const ExecutionRules& rules = dependency.definition.rules;
      if (!dependency.has_command || !rules.persistent) {
        continue;
      }
      const DependencyPattern* on_outputs = on_outputs_of(node, dependency);
      if (on_outputs != nullptr &&
          told.emplace(on_outputs->at.file, on_outputs->at.line, dependency.name).second) {
        errors.push_back(config_error(
            config, codes::kPersistentConflict, on_outputs->at,
            fmt::format("\"on: outputs\" means nothing for \"{}\", which is persistent and makes "
                        "none",
                        dependency.name),
            fmt::format("write \"{}\" alone", written_form(*on_outputs))));
        continue;
      }
      if (rules.ready_when) {
        continue;
      }
      const SourcePosition& at = position_of(node, dependency);
      if (told.emplace(at.file, at.line, dependency.name).second) {
        errors.push_back(config_error(
            config, codes::kNeverReady, at,
            fmt::format("{} waits for {}, which is persistent and never says that it is ready",
                        node.label, dependency.label),
            fmt::format("give \"{}\" a ready_when: a text that it prints, or {{port: 3000}}",
                        dependency.name)));
      }
    }
  }
  return errors;
}

}  // namespace vc::agent
