// TaskScopes: the output globs of every task, compiled once for tasks that share them.
#pragma once

#include "agent/outputs.hpp"
#include "agent/task_graph.hpp"

#include <map>
#include <string>
#include <vector>

namespace vc::agent {

class TaskScopes {
 public:
  // Errc::invalid for a pattern that does not compile; loading the configuration has seen to that.
  static Result<TaskScopes> create(const Workspace& workspace, const TaskGraph& graph);

  const OutputScope& of(TaskId task) const { return scopes_[task]; }

 private:
  std::map<std::vector<std::string>, GlobSet> globs_;  // Nodes of a map stay where they are.
  std::vector<OutputScope> scopes_;
};

}  // namespace vc::agent
