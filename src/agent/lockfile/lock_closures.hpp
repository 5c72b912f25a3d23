// What each package of the workspace has installed, as one digest.
#pragma once

#include "agent/lockfile/lock_graph.hpp"
#include "agent/workspace.hpp"
#include "core/digest.hpp"

#include <optional>
#include <vector>

namespace vc::agent {

// By PackageId. A digest covers all from outside that the package reaches, and by whom it is
// reached: its own dependencies, those of the packages it uses, those of the root (whose tools
// every package can call), and what the lockfile says about everything at once. nullopt where the
// lockfile does not tell: the package is not in it although it has a package.json, or needs
// something that is not. Takes time in proportion to the lockfile, not to that of each package.
std::vector<std::optional<Digest>> closure_digests(const LockGraph& graph,
                                                   const Workspace& workspace);

}  // namespace vc::agent
