// What of a lockfile some packages of the workspace need.
#pragma once

#include "agent/lockfile/lock_graph.hpp"

#include <string>
#include <vector>

namespace vc::agent {

using KeptNodes = std::vector<bool>;  // By LockId.

// What the root and the packages in `directories` lead to, themselves included; other packages of
// the workspace are not entered. Errc::invalid where the lockfile does not know a folder or all
// that is needed.
Result<KeptNodes> kept_nodes(const LockGraph& graph, const std::vector<std::string>& directories);

}  // namespace vc::agent
