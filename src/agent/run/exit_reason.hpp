// How a process ended, in words.
#pragma once

#include "agent/processes.hpp"

#include <string>

namespace vc::agent {

// "exit status 2", "killed by SIGKILL".
std::string exit_reason(const ProcessExit& exit);

}  // namespace vc::agent
