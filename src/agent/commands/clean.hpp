// `velocity-cli clean`: removes the local cache and what is remembered about outputs, and nothing
// that a task has made.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_clean(const CleanArguments& arguments, CommandContext& context);

}  // namespace vc::agent
