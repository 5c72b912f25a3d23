// The part of a pnpm-lock.yaml, or of a yarn.lock of yarn 1, that some packages need.
#pragma once

#include "agent/lockfile/lock_graph.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `directories` are the folders of the packages that stay. Stays, byte by byte: what the lockfile
// says of them, of the root and about everything at once, and the entries that these lead to,
// development and optional dependencies included. An error for anything that read_lockfile()
// cannot take apart, for other formats, and where it does not know a folder or all that it needs.
Result<std::string> prune_text_lock(std::string_view file, std::string_view text,
                                    const std::vector<std::string>& directories,
                                    const LockContext& context);

// The files that a pnpm-lock.yaml patches packages with, relative to the root and as it says: pnpm
// installs nothing without them.
std::vector<std::string> pnpm_patches(std::string_view text);

}  // namespace vc::agent
