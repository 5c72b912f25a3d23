#include "agent/run/task_scopes.hpp"

namespace vc::agent {

Result<TaskScopes> TaskScopes::create(const Workspace& workspace, const TaskGraph& graph) {
  TaskScopes scopes;
  scopes.scopes_.reserve(graph.tasks.size());
  for (const TaskNode& node : graph.tasks) {
    const std::vector<std::string>& patterns = node.definition.outputs.patterns;
    auto found = scopes.globs_.find(patterns);
    if (found == scopes.globs_.end()) {
      VC_TRY(GlobSet compiled, GlobSet::compile(patterns));
      found = scopes.globs_.emplace(patterns, std::move(compiled)).first;
    }
    scopes.scopes_.push_back({.root = workspace.root,
                              .package = workspace.packages[node.package].directory,
                              .globs = &found->second});
  }
  return scopes;
}

}  // namespace vc::agent
