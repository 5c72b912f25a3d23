// ExitCode: what the agent tells the shell. Documented in docs/cli.md; scripts depend on it.
#pragma once

#include "core/result.hpp"

namespace vc::agent {

enum class ExitCode : int {
  ok = 0,
  task_failed = 1,     // A task failed, was killed, or `plan --exit-code` found work to do.
  usage = 2,           // The command line or a configuration file is wrong.
  cache_required = 3,  // VelocityCache could not do what it was required to do.
};

constexpr int to_int(ExitCode code) {
  return static_cast<int>(code);
}

// As a shell reports a process that died of a signal.
constexpr int exit_code_of_signal(int signal) {
  return 128 + signal;
}

// The one table from an error to an exit code.
ExitCode exit_code_of(Errc code);

}  // namespace vc::agent
