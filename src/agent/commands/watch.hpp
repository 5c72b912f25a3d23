// `velocity-cli watch`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

// While the process still has one thread. Until a signal comes; 128 + its number.
int run_watch(const WatchArguments& arguments, CommandContext& context);

}  // namespace vc::agent
