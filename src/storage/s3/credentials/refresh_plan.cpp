#include "storage/s3/credentials/refresh_plan.hpp"

#include <algorithm>

namespace vc::storage {

namespace {

// Part of the lead that jitter takes at most.
constexpr double kJitterShare = 0.2;

}  // namespace

std::optional<TimePoint> good_until(const Credentials& credentials) {
  if (!credentials.expires_at) {
    return std::nullopt;
  }
  return *credentials.expires_at - kCredentialsMargin;
}

bool RefreshPlan::fetched(TimePoint now, const Credentials& credentials,
                          std::chrono::milliseconds recheck_interval) {
  const auto until = good_until(credentials);
  if (until && *until <= now) {
    failed(now);
    return false;
  }
  retry_ = kRetryMin;
  if (!until) {
    due_ = now + recheck_interval;
    return true;
  }
  const auto lead = std::min(kLeadMax, (*until - now) / 2);
  const auto earlier = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::duration<double, std::milli>(lead) * (kJitterShare * jitter_));
  due_ = std::max(*until - lead - earlier, now + std::min(lead, kRetryMin));
  return true;
}

void RefreshPlan::failed(TimePoint now) {
  due_ = now + retry_;
  retry_ = std::min(2 * retry_, kRetryMax);
}

}  // namespace vc::storage
