// TaskCommand: what the command of a task is to the operating system: one process after the other.
#pragma once

#include "agent/run/run_context.hpp"
#include "agent/scripts/script_processes.hpp"

#include <chrono>
#include <vector>

namespace vc::agent {

class TaskCommand {
 public:
  // Everything must outlive the object. Safe for concurrent use.
  TaskCommand(const RunContext& context, Processes& processes)
      : context_(context), processes_(processes), managers_(processes, context.state_directory) {}

  // In the order in which they run; each only when all before have succeeded. Blocks while a
  // package manager is asked what it gives to scripts, at most once a run and manager.
  ScriptProcesses processes_of(TaskId task);

  // Runs them; blocks. The exit is that of the last one that ran, times count from the first's
  // start. `timeout` is for all of them together, 0 is none. Errors as Processes::run().
  Result<ProcessExit> run(ScriptProcesses command, std::chrono::milliseconds timeout,
                          const Processes::OutputReceiver& receiver);

 private:
  const RunContext& context_;
  Processes& processes_;
  ScriptManagers managers_;
};

}  // namespace vc::agent
