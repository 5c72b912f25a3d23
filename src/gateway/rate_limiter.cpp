#include "gateway/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace vc::gateway {

RateLimiter::RateLimiter(double per_second, double burst, const Clock& clock)
    : per_second_(per_second), burst_(std::max(1.0, burst)), clock_(clock) {}

std::optional<std::chrono::seconds> RateLimiter::refuse(const std::string& subject) {
  if (per_second_ <= 0) {
    return std::nullopt;
  }
  const SteadyTime now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  Bucket& bucket = bucket_of(subject, now);
  const double elapsed = std::chrono::duration<double>(now - bucket.filled_at).count();
  bucket.tokens = std::min(burst_, bucket.tokens + elapsed * per_second_);
  bucket.filled_at = now;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  const double wait = std::ceil((1 - bucket.tokens) / per_second_);
  return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(wait)));
}

RateLimiter::Bucket& RateLimiter::bucket_of(const std::string& subject, SteadyTime now) {
  const auto [found, added] = buckets_.try_emplace(subject);
  Bucket& bucket = found->second;
  if (!added) {
    recent_first_.splice(recent_first_.begin(), recent_first_, bucket.place);
    return bucket;
  }
  bucket.tokens = burst_;
  bucket.filled_at = now;
  bucket.place = recent_first_.insert(recent_first_.begin(), &found->first);
  if (buckets_.size() > kSubjectsMax) {
    const std::string oldest = *recent_first_.back();
    recent_first_.pop_back();
    buckets_.erase(oldest);
  }
  return bucket;
}

}  // namespace vc::gateway
