// The part of a bun.lock (lockfileVersion 0 and 1) that some packages need.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `directories` are the folders of the packages that stay; the root always does. Stays: what the
// lockfile says of them and about everything at once, and the places that these lead to,
// development, optional and peer dependencies included. Written on one line, as bun reads it too.
// An error for other formats, and where it does not know a folder or all that is needed.
Result<std::string> prune_bun_lock(std::string_view text,
                                   const std::vector<std::string>& directories);

// Files that bun patches packages with, relative to the root.
std::vector<std::string> bun_patches(std::string_view text);

}  // namespace vc::agent
