// `velocity-cli doctor`: whether everything a run needs is there, each with a remedy.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

// 0 when nothing failed (warnings are none), else 1.
int run_doctor(const DoctorArguments& arguments, CommandContext& context);

}  // namespace vc::agent
