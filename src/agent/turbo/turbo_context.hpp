// What every task of a workspace with a turbo.json has in common.
#pragma once

#include "agent/turbo/turbo_file.hpp"
#include "core/files.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Whose scripts the tasks are: the lockfile's, else the one package.json declares, else npm.
std::string turbo_package_manager(const fs::path& root, std::string_view declared);

// What tasks get and their keys do not know: Turborepo's own list and `globalPassThroughEnv`.
std::vector<std::string> turbo_passed_variables(const TurboFile& file);

}  // namespace vc::agent
