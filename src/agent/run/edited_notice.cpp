#include "agent/run/edited_notice.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace vc::agent {

std::string edited_notice(const RunContext& run, TaskId task, std::span<const std::string> edited) {
  const bool is_cached = run.node(task).definition.is_cached();
  const bool is_used = std::ranges::any_of(run.graph.tasks, [&](const TaskNode& node) {
    return std::ranges::find(node.dependencies, task) != node.dependencies.end();
  });
  if (!is_cached && !is_used) {
    return "";
  }
  // Somebody saved a file, or, on the first day, the task's own output is no declared one.
  return fmt::format(
      "{} not stored: {}{} changed while it ran. Files that the task itself writes belong in "
      "`outputs`, or in .gitignore",
      is_cached ? "its result is" : "results of tasks that depend on it are", edited.front(),
      edited.size() == 1 ? std::string() : fmt::format(" and {} other inputs", edited.size() - 1));
}

}  // namespace vc::agent
