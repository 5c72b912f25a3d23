#include "agent/selection/package_walk.hpp"

#include <algorithm>

namespace vc::agent {

PackageSet reached_from(const Workspace& workspace, const PackageSet& start,
                        EdgeDirection direction) {
  std::vector<std::vector<PackageId>> edges(workspace.packages.size());
  for (const Package& package : workspace.packages) {
    for (const PackageId used : package.dependencies) {
      if (direction == EdgeDirection::dependencies) {
        edges[package.id].push_back(used);
      } else {
        edges[used].push_back(package.id);
      }
    }
  }
  PackageSet reached(start.size());
  std::vector<PackageId> todo;
  const auto follow = [&](PackageId package) {
    for (const PackageId next : edges[package]) {
      if (!reached[next]) {
        reached[next] = true;
        todo.push_back(next);
      }
    }
  };
  for (PackageId package = 0; package < start.size(); ++package) {
    if (start[package]) {
      follow(package);
    }
  }
  while (!todo.empty()) {
    const PackageId package = todo.back();
    todo.pop_back();
    follow(package);
  }
  return reached;
}

void add_all(PackageSet& set, const PackageSet& added) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    set[i] = set[i] || added[i];
  }
}

void remove_all(PackageSet& set, const PackageSet& removed) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    set[i] = set[i] && !removed[i];
  }
}

void keep_only(PackageSet& set, const PackageSet& kept) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    set[i] = set[i] && kept[i];
  }
}

bool is_empty(const PackageSet& set) {
  return std::ranges::find(set, true) == set.end();
}

}  // namespace vc::agent
