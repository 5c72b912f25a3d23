// Which packages a lockfile that has changed concerns.
#pragma once

#include "agent/lockfile/lock_graph.hpp"
#include "agent/workspace.hpp"

#include <string_view>
#include <vector>

namespace vc::agent {

// By PackageId: whether what the package itself has from outside, directly or through other
// packages from outside, differs between the two texts of the workspace's lockfile. What the
// packages of the workspace that it uses have does not count: that is theirs. All of them where the
// root's dependencies or what the lockfile says about everything at once differ, and where one of
// the texts cannot be taken apart; a package that one of them does not tell about counts as well.
// Ranges, which lockfiles of yarn leave to the manifests, are those of now: who has changed them is
// changed anyway.
std::vector<bool> changed_locks(const Workspace& workspace, std::string_view before,
                                std::string_view now);

}  // namespace vc::agent
