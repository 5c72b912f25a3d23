// Sets of packages, and what they reach along the edges of the package graph.
#pragma once

#include "agent/workspace.hpp"

#include <cstdint>
#include <vector>

namespace vc::agent {

using PackageSet = std::vector<bool>;  // By PackageId.

enum class EdgeDirection : std::uint8_t { dependencies, dependents };

// What `start` reaches by one edge or more. A package of `start` is in it only when another one (or
// a circle) leads to it.
PackageSet reached_from(const Workspace& workspace, const PackageSet& start,
                        EdgeDirection direction);

void add_all(PackageSet& set, const PackageSet& added);
void remove_all(PackageSet& set, const PackageSet& removed);
void keep_only(PackageSet& set, const PackageSet& kept);
bool is_empty(const PackageSet& set);

}  // namespace vc::agent
