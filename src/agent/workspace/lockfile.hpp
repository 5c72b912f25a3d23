// The lockfile of the workspace and the package manager that wrote it.
#pragma once

#include "agent/diagnostic.hpp"
#include "core/files.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

struct Lockfile {
  std::string file;  // "" when there is none.
  std::string package_manager;
  Diagnostics warnings;
};

// `declared` is the package manager that the root's package.json names; "" when it names none. It
// decides when there are lockfiles of several.
Lockfile find_lockfile(const fs::path& root, std::string_view declared);

}  // namespace vc::agent
