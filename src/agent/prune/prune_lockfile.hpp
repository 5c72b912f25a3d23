// The part of a lockfile that some packages need, whichever package manager wrote it.
#pragma once

#include "agent/workspace.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Of the workspace's own, which is read. `directories` are the folders of the packages that stay.
// An error says why it cannot be cut down. Blocks.
Result<std::string> prune_lockfile(const Workspace& workspace,
                                   const std::vector<std::string>& directories);

// The files that a lockfile patches packages with, relative to the root as it says: managers
// install nothing without them.
std::vector<std::string> patch_files(std::string_view file, std::string_view text);

}  // namespace vc::agent
