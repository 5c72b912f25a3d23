// Where yarn 1 keeps its settings, and which yarn it is.
#pragma once

#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <vector>

namespace vc::agent {

// Files, whether they exist or not, beside those that npm reads as well. `node` is a program.
std::vector<fs::path> yarn_settings(const fs::path& directory, const fs::path& node,
                                    const Variables& base);

// Whether one of these.
bool is_yarn_settings(const fs::path& file);

// Errc::invalid for a program that is not yarn 1 itself (corepack, a later yarn: what they run may
// be another), for a repository that wants another manager, and for Plug'n'Play, which has no
// node_modules. Reads package.json of `directory` and of all folders above.
Result<void> check_yarn(const fs::path& directory, const fs::path& program, const Variables& base);

}  // namespace vc::agent
