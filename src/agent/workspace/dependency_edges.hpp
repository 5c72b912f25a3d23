// Which package of the workspace uses which.
//
// A range that may resolve to the workspace's package makes an edge; only one that clearly means
// another version, fetched from elsewhere, does not.
#pragma once

#include "agent/workspace.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <vector>

namespace vc::agent {

// Fills Package::dependencies. `loaded` and `packages` have the same order. Reports names in a
// package's velocity.yml that are no package.
Diagnostics add_dependency_edges(const std::vector<LoadedPackage>& loaded,
                                 std::vector<Package>& packages);

}  // namespace vc::agent
