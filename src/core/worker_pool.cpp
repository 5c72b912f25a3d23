#include "core/worker_pool.hpp"

#include "core/assert.hpp"

#include <utility>

namespace vc {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_max) : queue_max_(queue_max) {
  VC_ASSERT(threads > 0 && queue_max > 0);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_or_stop_.notify_all();
  threads_.clear();  // Joins, while the members the workers use are still there.
}

bool WorkerPool::try_submit(Work work) {
  {
    const std::lock_guard lock(mutex_);
    VC_ASSERT(!stopping_);
    if (queue_.size() >= queue_max_) {
      return false;
    }
    queue_.push_back(std::move(work));
  }
  work_or_stop_.notify_one();
  return true;
}

void WorkerPool::submit(Work work) {
  {
    std::unique_lock lock(mutex_);
    VC_ASSERT(!stopping_);
    room_or_idle_.wait(lock, [this] { return queue_.size() < queue_max_; });
    queue_.push_back(std::move(work));
  }
  work_or_stop_.notify_one();
}

void WorkerPool::wait_idle() {
  std::unique_lock lock(mutex_);
  room_or_idle_.wait(lock, [this] { return queue_.empty() && busy_ == 0; });
}

void WorkerPool::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_or_stop_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) {
      return;
    }
    Work work = std::move(queue_.front());
    queue_.pop_front();
    ++busy_;
    lock.unlock();
    room_or_idle_.notify_all();
    work();
    work = nullptr;  // What it captured is gone before wait_idle() returns.
    lock.lock();
    --busy_;
    if (queue_.empty() && busy_ == 0) {
      room_or_idle_.notify_all();
    }
  }
}

}  // namespace vc
