// script_processes(): `npm run X` as the processes that npm would start, without npm.
#pragma once

#include "agent/processes.hpp"
#include "agent/scripts/script_managers.hpp"

#include <optional>
#include <vector>

namespace vc::agent {

struct ScriptProcesses {
  std::vector<ProcessSpec> processes;  // Each to be started when the one before has succeeded.
  // What the manager makes of 127, with which a shell says that it did not find a program.
  int not_found_status = 127;
  // What the manager itself returns when a signal ended the script; nullopt: it dies of it too.
  std::optional<int> signal_status;
};

// `spec` is the command itself, `npm run X -- arguments`. The result are its scripts: pre, main and
// post. Errors: why the command has to run
// as it is; Errc::canceled when the run was interrupted.
Result<ScriptProcesses> script_processes(const ProcessSpec& spec, ScriptManagers& managers);

}  // namespace vc::agent
