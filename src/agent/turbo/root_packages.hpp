// Packages of the workspace that the root's manifest depends on. To Turborepo all of their files
// are in the key of every task: what they hold is for all. Turborepo 2.11 counts those that the
// root names; here what these use counts too, for it is installed and called with them.
#pragma once

#include "agent/workspace.hpp"

#include <vector>

namespace vc::agent {

// Those that it names and what these use, sorted; without the root itself.
std::vector<PackageId> packages_of_root(const Workspace& workspace);

}  // namespace vc::agent
