#include "gateway/signals.hpp"

#include <pthread.h>

namespace vc::gateway {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&waited_for_);
  sigaddset(&waited_for_, SIGTERM);
  sigaddset(&waited_for_, SIGINT);
  sigaddset(&waited_for_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &waited_for_, nullptr);
}

void Signals::wait_for_shutdown(Log& log) const {
  int signal = 0;
  while (signal != SIGTERM && signal != SIGINT) {
    sigwait(&waited_for_, &signal);
    if (signal == SIGHUP) {
      log.info("SIGHUP: there is no policy file to reload");
    }
  }
  sigset_t again;
  sigemptyset(&again);
  sigaddset(&again, SIGTERM);
  sigaddset(&again, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &again, nullptr);
}

}  // namespace vc::gateway
