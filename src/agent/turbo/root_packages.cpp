#include "agent/turbo/root_packages.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace vc::agent {

std::vector<PackageId> packages_of_root(const Workspace& workspace) {
  std::set<std::string_view> names;
  for (const ManifestDependency& dependency : workspace.root_requirements) {
    names.insert(dependency.name);
  }
  std::vector<PackageId> waiting;
  for (const Package& package : workspace.packages) {
    if (!package.directory.empty() && names.contains(package.manifest_name)) {
      waiting.push_back(package.id);
    }
  }
  std::set<PackageId> found;
  while (!waiting.empty()) {
    const Package& package = workspace.packages[waiting.back()];
    waiting.pop_back();
    if (!package.directory.empty() && found.insert(package.id).second) {
      waiting.insert(waiting.end(), package.dependencies.begin(), package.dependencies.end());
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace vc::agent
