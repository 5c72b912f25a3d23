#include "agent/processes/output_pump.hpp"

#include "agent/posix_processes.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::chrono::milliseconds kPollWithoutPidfd{20};

}  // namespace

OutputPump::OutputPump(pid_t pid, UniqueFd out, UniqueFd err, const PumpLimits& limits,
                       const Clock& clock)
    : pid_(pid),
      pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
      wake_(limits.stop.stop_possible() ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1),
      pipes_{std::move(out), std::move(err)},
      limits_(limits),
      clock_(clock),
      started_(clock.steady_now()),
      buffer_(kReadBytes) {}

void OutputPump::run(const Processes::OutputReceiver& receiver) {
  const std::stop_callback wake(limits_.stop, [this] { ::eventfd_write(wake_.get(), 1); });
  while (true) {
    const SteadyTime now = clock_.steady_now();
    end_if_due(now);
    if (is_done(now)) {
      return;
    }
    std::array<pollfd, 4> set{pollfd{.fd = pipes_[0].get(), .events = POLLIN},
                              pollfd{.fd = pipes_[1].get(), .events = POLLIN},
                              pollfd{.fd = ended_ ? -1 : pidfd_.get(), .events = POLLIN},
                              pollfd{.fd = terminated_ ? -1 : wake_.get(), .events = POLLIN}};
    const int ready = ::poll(set.data(), set.size(), poll_timeout_ms(now));
    if (ready < 0 && errno != EINTR) {
      return;
    }
    read_from(0, set[0].revents, receiver);
    read_from(1, set[1].revents, receiver);
    if (!ended_ && (pidfd_.valid() ? set[2].revents != 0 : has_exited())) {
      ended_ = clock_.steady_now();
    }
  }
}

bool OutputPump::is_done(SteadyTime now) const {
  if (!ended_ || (terminated_ && !killed_)) {
    return false;
  }
  // Who was killed may still be closing; who was not may be a daemon that is meant to stay.
  return !is_open() || now - killed_.value_or(*ended_) >= kStragglerGrace;
}

// The number of the group cannot belong to anybody else: its leader is not collected yet.
void OutputPump::end_if_due(SteadyTime now) {
  const bool is_late = !ended_ && limits_.timeout.count() > 0 && now - started_ >= limits_.timeout;
  if (!terminated_ && (is_late || limits_.stop.stop_requested())) {
    timed_out_ = is_late;
    terminated_ = now;
    ::kill(-pid_, SIGTERM);
  }
  const bool is_over = ended_ && !is_open();
  if (terminated_ && !killed_ && (is_over || now - *terminated_ >= limits_.grace)) {
    killed_ = now;
    ::kill(-pid_, SIGKILL);
  }
}

int OutputPump::poll_timeout_ms(SteadyTime now) const {
  std::optional<SteadyTime> next;
  const auto wake_at = [&](SteadyTime time) { next = next ? std::min(*next, time) : time; };
  if (terminated_ && !killed_) {
    wake_at(*terminated_ + limits_.grace);
  } else if (ended_) {
    wake_at(killed_.value_or(*ended_) + kStragglerGrace);
  } else if (!terminated_ && limits_.timeout.count() > 0) {
    wake_at(started_ + limits_.timeout);
  }
  if (!ended_ && !pidfd_.valid()) {
    wake_at(now + kPollWithoutPidfd);
  }
  if (!next) {
    return -1;
  }
  // A wait that ends a little early would only be followed by another.
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - now).count();
  constexpr std::int64_t kLongestMs = 3'600'000;
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, kLongestMs));
}

// Only where pidfd_open(2) is missing or forbidden. Leaves the zombie for waitpid(2).
bool OutputPump::has_exited() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid != 0;
}

void OutputPump::read_from(std::size_t index, int events,
                           const Processes::OutputReceiver& receiver) {
  if (events == 0) {
    return;
  }
  const ssize_t count = ::read(pipes_[index].get(), buffer_.data(), buffer_.size());
  if (count > 0) {
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - started_);
    receiver(index == 0 ? OutputStream::out : OutputStream::err, elapsed,
             std::string_view(buffer_.data(), static_cast<std::size_t>(count)));
  } else if (count == 0 || errno != EINTR) {
    pipes_[index].reset();
  }
}

}  // namespace vc::agent
