// OutputPump: what one process prints until it has ended, and its end where it may not take longer.
//
// A process that has to end gets SIGTERM, with its whole group, and the group gets SIGKILL when the
// process has ended and nobody holds its output open any more, at the latest after `grace`. A group
// is the process, which leads it, and all its children that have not made a group of their own.
#pragma once

#include "agent/processes.hpp"
#include "core/clock.hpp"
#include "core/fd.hpp"

#include <sys/types.h>

#include <array>
#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

namespace vc::agent {

struct PumpLimits {
  std::chrono::milliseconds timeout{0};  // 0: none.
  std::chrono::milliseconds grace{0};    // Between SIGTERM and SIGKILL.
  std::stop_token stop;                  // The process has to end.
};

class OutputPump {
 public:
  // `pid` leads a group of its own. `clock` must outlive the pump.
  OutputPump(pid_t pid, UniqueFd out, UniqueFd err, const PumpLimits& limits, const Clock& clock);

  // Blocks until the process has ended, and leaves it for waitpid(2).
  void run(const Processes::OutputReceiver& receiver);

  bool timed_out() const { return timed_out_; }

 private:
  bool is_open() const { return pipes_[0].valid() || pipes_[1].valid(); }

  bool is_done(SteadyTime now) const;
  void end_if_due(SteadyTime now);
  int poll_timeout_ms(SteadyTime now) const;
  bool has_exited() const;
  void read_from(std::size_t index, int events, const Processes::OutputReceiver& receiver);

  pid_t pid_;
  UniqueFd pidfd_;
  UniqueFd wake_;  // An eventfd, readable when the process has to end; invalid without a token.
  std::array<UniqueFd, 2> pipes_;
  PumpLimits limits_;
  const Clock& clock_;
  SteadyTime started_;
  std::optional<SteadyTime> ended_;
  std::optional<SteadyTime> terminated_;  // The group got SIGTERM.
  std::optional<SteadyTime> killed_;      // The group got SIGKILL.
  bool timed_out_ = false;
  std::vector<char> buffer_;
};

}  // namespace vc::agent
