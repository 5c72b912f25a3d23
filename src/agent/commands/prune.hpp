// `velocity-cli prune`: a part of the workspace in a folder of its own.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

// Refuses an output folder that holds anything it did not make (but for --force, which adds to it),
// and one that the workspace lies in. Returns the exit code.
int run_prune(const PruneArguments& arguments, CommandContext& context);

}  // namespace vc::agent
