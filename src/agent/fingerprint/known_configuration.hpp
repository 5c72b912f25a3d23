// File names that build tools read without being told to.
#pragma once

#include <string_view>

namespace vc::agent {

// A list of inputs without it is probably a mistake.
bool is_known_configuration(std::string_view name);

// It says which versions a package manager installs for the folder it lies in.
bool is_known_lockfile(std::string_view name);

}  // namespace vc::agent
