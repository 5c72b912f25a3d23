// Provenance: who and what makes the results of this run, as far as the CI system says.
#pragma once

#include "core/env.hpp"

#include <map>
#include <string>

namespace vc::agent {

// "repository", "ref", "commit", "run"; empty outside of CI. Values longer than a seal keeps are
// cut there.
std::map<std::string, std::string> provenance_of(const Environment& environment);

}  // namespace vc::agent
