// TraceSupervisor: the thread that answers the stopped calls of one traced process and of all it
// started: looks, notes, and lets each continue. It changes nothing.
//
// It ends when the last of these processes has. Destroying it earlier closes the listener, and what
// is left of them gets ENOSYS for every traced call: end those processes first (survivors()).
#pragma once

#include "agent/trace/access_log.hpp"
#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace vc::agent {

class TraceSupervisor {
 public:
  // `log` must outlive this object.
  static Result<std::unique_ptr<TraceSupervisor>> start(UniqueFd listener, AccessLog& log);
  ~TraceSupervisor();
  TraceSupervisor(const TraceSupervisor&) = delete;
  TraceSupervisor& operator=(const TraceSupervisor&) = delete;
  TraceSupervisor(TraceSupervisor&&) = delete;
  TraceSupervisor& operator=(TraceSupervisor&&) = delete;

  // Calls continue as before and are no longer noted: the task is over, a daemon of it may stay.
  void stop_noting() { is_noting_ = false; }

  // Processes that made a traced call and still run: what the task has left behind.
  std::vector<pid_t> survivors();

 private:
  TraceSupervisor(UniqueFd listener, UniqueFd wake_read, UniqueFd wake_write, AccessLog& log);
  void work();
  // False: the listener is of no use any more.
  bool answer_one();
  void look_at(const struct seccomp_notif& notification);

  UniqueFd listener_;
  UniqueFd wake_read_;
  UniqueFd wake_write_;  // Closed to end the thread.
  AccessLog& log_;
  std::atomic<bool> is_noting_ = true;
  std::mutex mutex_;
  std::map<pid_t, std::uint64_t> last_seen_;  // By thread, in clock ticks since the machine began.
  std::jthread thread_;
};

}  // namespace vc::agent
