// What a round of `watch` would run, as keys, to be compared with the next one.
#pragma once

#include "agent/run/run_context.hpp"

#include <map>
#include <string>

namespace vc::agent {

using RoundKeys = std::map<std::string, Digest>;  // By task label.

RoundKeys keys_of(const RunContext& context);

// Which tasks have another key than before, and none that they depend on has: "lib#build", or
// "lib#build, app#build and 3 more"; "" when no key differs. A task that was not there before
// differs.
std::string changed_tasks(const RunContext& context, const RoundKeys& before);

}  // namespace vc::agent
