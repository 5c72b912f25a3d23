// `velocity-cli version`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_version(const VersionArguments& arguments, CommandContext& context);

}  // namespace vc::agent
