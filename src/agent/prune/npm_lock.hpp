// The part of a package-lock.json (lockfileVersion 2 and 3) that some workspaces need.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `directories` are the folders of the packages that stay. Stays: the root's entry, theirs, and
// what these depend on by node's resolution (development, optional and peer dependencies included;
// the first only of the root and of workspaces). Errc::invalid for anything but such a lockfile,
// and for one that does not know a folder.
Result<std::string> prune_npm_lock(std::string_view text,
                                   const std::vector<std::string>& directories);

}  // namespace vc::agent
