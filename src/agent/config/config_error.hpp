// Errors about velocity.yml that are found after it was read.
#pragma once

#include "agent/config.hpp"

#include <string>

namespace vc::agent {

// With the source line when `at` is in the workspace's velocity.yml; those of packages are not
// kept.
Diagnostic config_error(const Config& config, int code, const SourcePosition& at,
                        std::string message, std::string help);

}  // namespace vc::agent
