// TaskGraph: which task of which package runs after which. Ids and arrays, no pointers between
// nodes.
#pragma once

#include "agent/workspace.hpp"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

using TaskId = std::uint32_t;  // Index into TaskGraph::tasks, which is in topological order:
                               // dependencies first.

struct TaskNode {
  PackageId package = 0;
  std::string name;           // "build"
  std::string label;          // "web#build"
  TaskDefinition definition;  // Root definition with the package's override applied.
  // A dependency that lacks the task: nothing runs, but its inputs and its own dependencies count
  // in its users' keys.
  bool has_command = true;
  // Three entries, pre, main and post script of `npm run X`, as the manifest says ("" for one that
  // is not there), part of the key; none for other commands.
  std::vector<std::string> script_text;
  std::vector<TaskId> dependencies;  // Direct, sorted.
  // Those of them that count by what they make, and not by their keys: `on: outputs`. Each has a
  // command and declares outputs. Sorted.
  std::vector<TaskId> on_outputs;
  bool outputs_count = false;  // It is in somebody's on_outputs.
  bool requested = false;      // Named on the command line, not only a dependency.

  bool counts_outputs_of(TaskId dependency) const {
    return std::ranges::binary_search(on_outputs, dependency);
  }
};

struct TaskGraph {
  std::vector<TaskNode> tasks;
};

struct Selection {
  std::vector<std::string> tasks;     // "build", "web#build"
  std::vector<std::string> packages;  // Names or directories; empty selects all.
  // What filters chose instead (selection/select_packages.hpp), perhaps nothing. A task that none
  // of these has is no error then.
  std::optional<std::vector<PackageId>> chosen;
};

// Errors: unknown task or package (with suggestions), a task that no selected package has,
// `pkg#task` that names nothing, a cycle (printed as a path), two tasks whose outputs overlap,
// inputs that match another task's outputs without a dependency.
std::expected<TaskGraph, Diagnostics> build_task_graph(const Config& config,
                                                       const Workspace& workspace,
                                                       const Selection& selection);

}  // namespace vc::agent
