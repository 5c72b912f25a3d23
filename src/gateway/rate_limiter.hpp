// RateLimiter: a token bucket per subject.
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vc::gateway {

// Safe for concurrent use. Remembers at most kSubjectsMax subjects; the one not heard of for
// longest goes first, which can only be in its favour.
class RateLimiter {
 public:
  static constexpr std::size_t kSubjectsMax = 4096;

  // `per_second` 0: no limit. A subject that was quiet may send `burst` at once.
  RateLimiter(double per_second, double burst, const Clock& clock);

  // nullopt: go ahead. Else how long to wait before the next request has a chance.
  std::optional<std::chrono::seconds> refuse(const std::string& subject);

 private:
  struct Bucket {
    double tokens = 0;
    SteadyTime filled_at;
    std::list<const std::string*>::iterator place;
  };

  Bucket& bucket_of(const std::string& subject, SteadyTime now);

  double per_second_;
  double burst_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::list<const std::string*> recent_first_;  // Keys of buckets_.
};

}  // namespace vc::gateway
