// The part of a yarn.lock of yarn 2 and later that some packages need.
#pragma once

#include "agent/prune/yarn_resolutions.hpp"
#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `directories` are the folders of the packages that stay; the root always does. Stays: their
// entries and what these lead to by `dependencies`, each for those of its descriptors that are
// still asked for, in the order in which `yarn install --immutable` wants them. What nothing in the
// whole file leads to stays as well: `packageExtensions` ask for it, which are not in the lockfile.
// An error for other formats, and where it does not know a folder or all that is needed.
Result<std::string> prune_yarn_berry_lock(std::string_view text,
                                          const std::vector<std::string>& directories,
                                          const YarnResolutions& resolutions);

// The patches that such a lockfile names, relative to the root; yarn's own are none.
std::vector<std::string> yarn_berry_patches(std::string_view text);

}  // namespace vc::agent
