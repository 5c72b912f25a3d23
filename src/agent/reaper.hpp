// Reaper: a small process of our own that outlives the agent long enough to end what the agent
// started.
//
// It holds the read end of a pipe. The agent writes `+group` and `-group` lines; when the pipe
// closes, because the agent ended in whatever way, kill -9 included, every group still recorded
// gets SIGTERM and, kReaperGrace later, SIGKILL. It is in a session of its own, so that Ctrl-C and
// a closing terminal do not reach it, and holds no other descriptor, so that nobody waits for it.
//
// A process spawned in the instant between its start and its `+group` line is not covered.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <chrono>

namespace vc::agent {

inline constexpr std::chrono::milliseconds kReaperGrace{2'000};

class Reaper {
 public:
  // Forks. Only while the process has one thread.
  static Result<Reaper> start();
  // A reaper that does nothing, for tests and for machines where fork fails.
  Reaper() = default;
  // Ends the process when no group is left.
  ~Reaper();
  Reaper(Reaper&& other) noexcept;
  Reaper& operator=(Reaper&&) = delete;
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Safe for concurrent use: a line is one write of less than PIPE_BUF bytes.
  void add(pid_t group);
  void remove(pid_t group);

 private:
  void send(char sign, pid_t group);

  UniqueFd pipe_;
  pid_t pid_ = -1;
};

}  // namespace vc::agent
