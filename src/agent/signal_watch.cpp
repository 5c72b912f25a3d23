#include "agent/signal_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>

namespace vc::agent {

Result<std::unique_ptr<SignalWatch>> SignalWatch::start(Handler handler) {
  sigset_t watched;
  sigset_t before;
  ::sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction current{};
    // What is ignored stays ignored: that is what `nohup` and `&` are for.
    if (::sigaction(signal, nullptr, &current) != 0 || current.sa_handler != SIG_IGN) {
      ::sigaddset(&watched, signal);
    }
  }
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &watched, &before); error != 0) {
    return std::unexpected(errno_error("block signals", error));
  }
  UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC));
  UniqueFd stop(::eventfd(0, EFD_CLOEXEC));
  if (!signals.valid() || !stop.valid()) {
    auto failure = errno_error("watch signals");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return std::unexpected(std::move(failure));
  }
  return std::unique_ptr<SignalWatch>(
      new SignalWatch(std::move(handler), std::move(signals), std::move(stop), before));
}

SignalWatch::SignalWatch(Handler handler, UniqueFd signals, UniqueFd stop, const sigset_t& before)
    : handler_(std::move(handler)),
      signals_(std::move(signals)),
      stop_(std::move(stop)),
      before_(before),
      thread_([this] { watch(); }) {}

SignalWatch::~SignalWatch() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatch::watch() {
  while (true) {
    std::array<pollfd, 2> set{pollfd{.fd = signals_.get(), .events = POLLIN},
                              pollfd{.fd = stop_.get(), .events = POLLIN}};
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if ((set[1].revents & POLLIN) != 0) {
      return;
    }
    signalfd_siginfo info{};
    if ((set[0].revents & POLLIN) != 0 &&
        ::read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      handler_(static_cast<int>(info.ssi_signo));
    }
  }
}

}  // namespace vc::agent
