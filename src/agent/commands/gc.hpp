// `velocity-cli gc`: brings the local cache under its limits, and removes damaged entries and what
// killed runs left behind. Runs under way are not disturbed.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_gc(const GcArguments& arguments, CommandContext& context);

}  // namespace vc::agent
