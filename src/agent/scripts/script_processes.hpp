// script_processes(): `npm run X` as the processes that npm would start, without npm.
#pragma once

#include "agent/processes.hpp"
#include "agent/scripts/script_managers.hpp"

#include <vector>

namespace vc::agent {

// `spec` is the command itself, `npm run X -- arguments`. The result are its scripts (pre, main and
// post), each to be started when the one before has succeeded. Errors: why the command has to run
// as it is; Errc::canceled when the run was interrupted.
Result<std::vector<ProcessSpec>> script_processes(const ProcessSpec& spec,
                                                  ScriptManagers& managers);

}  // namespace vc::agent
