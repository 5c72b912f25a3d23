// RefreshPlan: when to fetch credentials again. Pure: it is told the time and what happened.
//
// Credentials are good until kCredentialsMargin before their expiry. They are fetched anew 5
// minutes before that, or after half of their time when it is shorter than 10 minutes, a little
// earlier on some replicas than on others. After a failure the attempts are 1 s apart, then twice
// that, up to a minute.
#pragma once

#include "core/clock.hpp"
#include "storage/s3/credentials.hpp"

#include <chrono>
#include <optional>

namespace vc::storage {

class RefreshPlan {
 public:
  static constexpr std::chrono::milliseconds kLeadMax = std::chrono::minutes(5);
  static constexpr std::chrono::milliseconds kRetryMin{1'000};
  static constexpr std::chrono::milliseconds kRetryMax{60'000};

  // `jitter` is from 0 to 1: how much of a fifth of the lead it begins earlier.
  explicit RefreshPlan(double jitter) : jitter_(jitter) {}

  // When to fetch next; at once in the beginning.
  TimePoint due() const { return due_; }

  // Whether what was fetched can be used at all; where it cannot, it counts as a failure.
  bool fetched(TimePoint now, const Credentials& credentials,
               std::chrono::milliseconds recheck_interval);
  void failed(TimePoint now);

 private:
  double jitter_;
  TimePoint due_ = TimePoint::min();
  std::chrono::milliseconds retry_ = kRetryMin;
};

// When credentials stop being used; nullopt is never.
std::optional<TimePoint> good_until(const Credentials& credentials);

}  // namespace vc::storage
