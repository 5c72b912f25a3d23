// declared(): what docs/fingerprint.md says counts for each task of a blueprint, written a second
// time and as simply as can be, so that it can be compared with what the agent makes of files.
#pragma once

#include "agent/fingerprint/testing/blueprint.hpp"

#include <map>
#include <string>

namespace vc::agent::property {

// By label ("p0#t1"), for every package and task: a digest of all that is declared, also through
// what it depends on. Two are equal exactly when the keys have to be.
std::map<std::string, std::string> declared(const Blueprint& blueprint);

}  // namespace vc::agent::property
