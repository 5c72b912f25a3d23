// Variables that web frameworks compile into what they build, by the package that brings the
// framework. Turborepo counts them as inputs of every task of a package that uses one.
#pragma once

#include "agent/workspace/manifest.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Patterns such as "NEXT_PUBLIC_*", without duplicates; of all frameworks that are used.
std::vector<std::string> framework_variables(const std::vector<ManifestDependency>& dependencies);

// Whether the pattern is one of those.
bool is_framework_variable(std::string_view pattern);

}  // namespace vc::agent
