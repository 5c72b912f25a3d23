// `velocity-cli run`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

#include <functional>

namespace vc::agent {

class Executor;
class Session;

// While the process still has one thread.
int run_tasks(const RunArguments& arguments, CommandContext& context);

// One run of what a session has loaded.
struct Round {
  Session& session;
  Progress& progress;
  Processes& processes;
  SteadyTime start;  // For the summary.
  // Is told of the executor for as long as there is one, then of none.
  std::function<void(Executor*)> interrupt_through;
};

// Returns the exit code.
int run_round(const RunArguments& arguments, const Round& round, CommandContext& context);

// How this run shows itself: CI groups, a live terminal, or lines.
ProgressOptions progress_options(const Environment& environment, const Terminal& terminal,
                                 OutputLogs logs, OutputFormat format);

}  // namespace vc::agent
