#include "agent/run/exit_reason.hpp"

#include <fmt/core.h>

#include <string.h>

namespace vc::agent {

std::string exit_reason(const ProcessExit& exit) {
  if (exit.signal != 0) {
    const char* name = ::sigabbrev_np(exit.signal);
    return fmt::format("killed by {}{}", name == nullptr ? "signal " : "SIG",
                       name == nullptr ? std::to_string(exit.signal) : name);
  }
  return fmt::format("exit status {}", exit.status);
}

}  // namespace vc::agent
