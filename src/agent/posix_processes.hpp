// PosixProcesses: posix_spawn(3), one process group each, two pipes for the output, /dev/null for
// the input.
//
// The directory is set in the child (posix_spawn's addchdir): this process never changes its own,
// because threads share it. Every descriptor of ours is close-on-exec. The child starts with
// default signal actions and nothing blocked.
//
// A process that leaves children behind which keep its output open is waited for no longer than
// kStragglerGrace; what those print later is lost. They are not killed: a build daemon is meant to
// stay. Past its timeout a process is ended with its whole group (processes/output_pump.hpp).
#pragma once

#include "agent/processes.hpp"
#include "agent/reaper.hpp"
#include "core/clock.hpp"

#include <mutex>
#include <set>

namespace vc::agent {

inline constexpr std::chrono::milliseconds kStragglerGrace{500};
// Between SIGTERM and SIGKILL.
inline constexpr std::chrono::milliseconds kEndingGrace{5'000};

class PosixProcesses final : public Processes {
 public:
  // `reaper` learns of every group; it and `clock` must outlive this object.
  PosixProcesses(Reaper& reaper, const Clock& clock,
                 std::chrono::milliseconds ending_grace = kEndingGrace)
      : reaper_(reaper), clock_(clock), ending_grace_(ending_grace) {}

  Result<ProcessExit> run(const ProcessSpec& spec, const OutputReceiver& receiver) override;
  void signal_all(int signal) override;

 private:
  void remember_group(int group);
  void forget_group(int group);

  Reaper& reaper_;
  const Clock& clock_;
  std::chrono::milliseconds ending_grace_;
  std::mutex mutex_;
  std::set<int> groups_;
  int signal_ = 0;  // The last one sent to all; 0 while processes may start.
};

// Where execvp would find it: an absolute path, or Errc::not_found.
Result<std::string> find_program(const std::string& name, std::string_view path_variable,
                                 const fs::path& directory);

}  // namespace vc::agent
