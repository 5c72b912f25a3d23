#include "agent/lockfile/changed_locks.hpp"

#include "agent/lockfile/lock_closures.hpp"
#include "agent/lockfile/package_locks.hpp"

#include <set>

namespace vc::agent {

namespace {

// Takes away all that leads to packages of the workspace.
void keep_apart(LockGraph& graph) {
  std::set<LockId> importers;
  for (const auto& [directory, id] : graph.importers) {
    importers.insert(id);
  }
  for (LockNode& node : graph.nodes) {
    std::erase_if(node.dependencies, [&](LockId id) { return importers.contains(id); });
  }
}

}  // namespace

std::vector<bool> changed_locks(const Workspace& workspace, std::string_view before,
                                std::string_view now) {
  const LockContext context = lock_context(workspace);
  auto graph_before = read_lockfile(workspace.lockfile, before, context);
  auto graph_now = read_lockfile(workspace.lockfile, now, context);
  std::vector<bool> changed(workspace.packages.size(), true);
  if (!graph_before || !graph_now) {
    return changed;
  }
  Workspace apart = workspace;
  for (Package& package : apart.packages) {
    package.dependencies.clear();
  }
  keep_apart(*graph_before);
  keep_apart(*graph_now);
  const auto was = closure_digests(*graph_before, apart);
  const auto is = closure_digests(*graph_now, apart);
  for (PackageId package = 0; package < changed.size(); ++package) {
    changed[package] = !was[package] || was[package] != is[package];
  }
  return changed;
}

}  // namespace vc::agent
