// WorkerPool: a fixed number of threads behind a bounded queue.
//
// Work reports its failures itself. An exception that leaves it is a bug and ends the program:
// swallowed, it would leave whoever waits for that work waiting for ever.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vc {

class WorkerPool {
 public:
  using Work = std::move_only_function<void()>;

  WorkerPool(std::size_t threads, std::size_t queue_max);
  // Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  WorkerPool(WorkerPool&&) = delete;
  WorkerPool& operator=(WorkerPool&&) = delete;

  // false when the queue is full: the caller says "overloaded" to its own caller. Never blocks.
  [[nodiscard]] bool try_submit(Work work);
  // Waits for room. For producers that have nothing better to do; not from within work, which would
  // wait for itself when every worker does it.
  void submit(Work work);
  // Returns when the queue is empty and every worker is idle.
  void wait_idle();

 private:
  void run() noexcept;

  std::mutex mutex_;
  std::condition_variable work_or_stop_;
  std::condition_variable room_or_idle_;
  std::deque<Work> queue_;
  std::size_t queue_max_;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace vc
