// The part of a pom.xml's list of modules that is there
// (https://maven.apache.org/pom.html#aggregation-or-multi-module).
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Without the modules that lie in one of `left_out`, which are relative to the root, as is
// `directory`, the pom's own folder; all else byte by byte. Modules of profiles are not looked at.
// Errc::invalid for what is no pom.
Result<std::string> prune_maven_modules(std::string_view text, std::string_view directory,
                                        const std::vector<std::string>& left_out);

}  // namespace vc::agent
