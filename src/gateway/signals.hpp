// Signals: how the world asks the gateway to stop.
#pragma once

#include "core/log.hpp"

#include <csignal>

namespace vc::gateway {

class Signals {
 public:
  // SIGTERM, SIGINT and SIGHUP are blocked in this thread and in all that it starts from now on;
  // SIGPIPE is ignored.
  Signals();

  // Blocks until SIGTERM or SIGINT, then gives both their default meaning back: a second one ends
  // the process at once. SIGHUP, which would reload a policy, is only logged.
  void wait_for_shutdown(Log& log) const;

 private:
  sigset_t waited_for_;
};

}  // namespace vc::gateway
