// `velocity-cli why`: why a task would run, or would not, told by what is different from the last
// run here, or from what trusted runs have left in the remote cache.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_why(const WhyArguments& arguments, CommandContext& context);

}  // namespace vc::agent
