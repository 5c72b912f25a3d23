// FakeClock: time that moves only when a test says so.
#pragma once

#include "core/clock.hpp"

#include <atomic>

namespace vc {

class FakeClock final : public Clock {
 public:
  TimePoint now() const override {
    return TimePoint{std::chrono::milliseconds{1'800'000'000'000 + elapsed_ms_.load()}};
  }

  SteadyTime steady_now() const override {
    return SteadyTime{std::chrono::milliseconds{1'000'000 + elapsed_ms_.load()}};
  }

  void advance(std::chrono::milliseconds by) { elapsed_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> elapsed_ms_{0};
};

}  // namespace vc
