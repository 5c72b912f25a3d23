#include "storage/local_eviction.hpp"

#include <algorithm>
#include <vector>

namespace vc::storage {

namespace {

// What one look at the index chooses; bounds the memory of a sweep and what a stop waits for.
constexpr std::size_t kBatch = 1024;
// Having to evict, make room for a while: 1/20 of the limit.
constexpr std::uint64_t kSlackDivisor = 20;

}  // namespace

bool LocalEviction::over_size() const {
  return limits_.bytes_max != 0 && objects_.index().bytes_total() > limits_.bytes_max;
}

std::optional<std::chrono::seconds> LocalEviction::age_max() const {
  if (limits_.age_max == std::chrono::seconds{0}) {
    return std::nullopt;
  }
  return std::max<std::chrono::seconds>(limits_.age_max, kUseResolution + kGetTicketLife);
}

bool LocalEviction::is_due(const LocalIndex::Item& item, std::uint64_t bytes_wanted) const {
  const auto age = clock_.now() - item.used;
  if (const auto limit = age_max(); limit && age > *limit) {
    return true;
  }
  const bool vended_lately = age <= kGetTicketLife;
  const std::uint64_t bytes_kept = vended_lately ? limits_.bytes_max : bytes_wanted;
  return limits_.bytes_max != 0 && objects_.index().bytes_total() > bytes_kept;
}

void LocalEviction::remove(const LocalIndex::Item& item, Report& report) {
  const auto freed = objects_.evict(item);
  if (!freed) {
    ++report.failures;
    log_.warn("could not evict an artifact",
              {{"key", item.path}, {"error", freed.error().message}});
  } else if (*freed != 0) {
    ++report.objects;
    report.bytes += *freed;
  }
}

LocalEviction::Report LocalEviction::sweep(const std::stop_token& stop) {
  const std::scoped_lock lock(sweeping_);
  const std::uint64_t bytes_wanted =
      over_size() ? limits_.bytes_max - limits_.bytes_max / kSlackDivisor : limits_.bytes_max;
  Report report;
  for (bool more = true; more;) {
    const std::uint64_t failures_before = report.failures;
    const std::vector<LocalIndex::Item> batch = objects_.index().oldest(kBatch);
    more = batch.size() == kBatch;
    for (const LocalIndex::Item& item : batch) {
      // Oldest first: when this one may stay, so may all behind it.
      if (stop.stop_requested() || !is_due(item, bytes_wanted)) {
        more = false;
        break;
      }
      remove(item, report);
    }
    // Files that resist come back in every batch; with nothing else in it there is no progress.
    more = more && report.failures - failures_before < kBatch;
  }
  if (report.objects != 0) {
    log_.info("evicted artifacts",
              {{"objects", static_cast<std::int64_t>(report.objects)},
               {"bytes", static_cast<std::int64_t>(report.bytes)},
               {"bytes_left", static_cast<std::int64_t>(objects_.index().bytes_total())}});
  }
  return report;
}

}  // namespace vc::storage
