#include "agent/prune/kept_nodes.hpp"

#include <set>

namespace vc::agent {

Result<KeptNodes> kept_nodes(const LockGraph& graph, const std::vector<std::string>& directories) {
  KeptNodes kept(graph.nodes.size());
  std::vector<LockId> todo;
  const auto keep = [&](LockId id) {
    if (!kept[id]) {
      kept[id] = true;
      todo.push_back(id);
    }
  };
  std::set<LockId> left_out;
  for (const auto& [directory, id] : graph.importers) {
    left_out.insert(id);
  }
  const auto stay = [&](const std::string& directory) -> Result<void> {
    const auto importer = graph.importers.find(directory);
    if (importer == graph.importers.end()) {
      return fail(Errc::invalid, "it does not know " + directory);
    }
    left_out.erase(importer->second);
    keep(importer->second);
    return {};
  };
  if (graph.importers.contains("")) {
    VC_CHECK(stay(""));
  }
  for (const std::string& directory : directories) {
    VC_CHECK(stay(directory));
  }
  while (!todo.empty()) {
    const LockNode& node = graph.nodes[todo.back()];
    todo.pop_back();
    if (node.unresolved) {
      return fail(Errc::invalid, "it does not say everything that the packages depend on");
    }
    for (const LockId dependency : node.dependencies) {
      if (!left_out.contains(dependency)) {
        keep(dependency);
      }
    }
  }
  return kept;
}

}  // namespace vc::agent
