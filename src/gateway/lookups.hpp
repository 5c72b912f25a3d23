// Lookups: asks the store for many objects at once, and answers by a deadline whatever the store
// does.
//
// The threads in here are the process-wide bound on questions under way. A round of questions is
// worked off by a few of them; at the deadline what is still open is Errc::timeout, and the round
// is over even if a thread hangs in the store.
#pragma once

#include "core/clock.hpp"
#include "core/worker_pool.hpp"
#include "gateway/existence.hpp"
#include "wire/object_key.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace vc::gateway {

struct LookupLimits {
  std::size_t threads = 16;
  std::size_t queue_max = 1024;  // Of rounds' threads; past it Errc::overloaded.
  std::chrono::milliseconds patience{3'000};
};

class Lookups {
 public:
  using Done = std::move_only_function<void(std::vector<Answer>)>;

  // How many threads one round may occupy, so that a batch leaves some to others.
  static constexpr std::size_t kThreadsPerRoundMax = 8;

  Lookups(Existence& existence, const Clock& clock, LookupLimits limits = {});
  ~Lookups();  // Every round has had its answer when this returns.
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;
  Lookups(Lookups&&) = delete;
  Lookups& operator=(Lookups&&) = delete;

  // One answer per key, in order, of none as well. `done` is called exactly once: on another
  // thread, or on this one with Errc::overloaded throughout.
  void ask(std::vector<wire::ObjectKey> keys, Done done);

 private:
  struct Round;

  void work_off(Round& round);
  void finish(Round& round);
  void watch(const std::stop_token& stop);

  Existence& existence_;
  const Clock& clock_;
  std::chrono::milliseconds patience_;

  std::mutex mutex_;  // For what follows.
  std::condition_variable_any opened_;
  std::list<std::shared_ptr<Round>> open_;  // Oldest first, so by deadline.
  bool watching_ = false;                   // The watchdog will look again without being woken.

  std::jthread watchdog_;
  WorkerPool workers_;  // Last, so that its threads end first.
};

}  // namespace vc::gateway
