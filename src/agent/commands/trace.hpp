// `velocity-cli trace`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_trace(const TraceArguments& arguments, CommandContext& context);

}  // namespace vc::agent
