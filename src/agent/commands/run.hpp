// `velocity-cli run`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

// While the process still has one thread.
int run_tasks(const RunArguments& arguments, CommandContext& context);

// How this run shows itself: CI groups, a live terminal, or lines.
ProgressOptions progress_options(const Environment& environment, const Terminal& terminal,
                                 OutputLogs logs, OutputFormat format);

}  // namespace vc::agent
