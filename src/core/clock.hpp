// Clock: time as a dependency, so that tests can freeze it.
#pragma once

#include <chrono>

namespace vc {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;
using Deadline = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // Wall clock: for what people read and for expiry that other machines check.
  virtual TimePoint now() const = 0;
  // Monotonic: for durations, deadlines and everything that must survive a clock step.
  virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }

  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace vc
