// LocalEviction: keeps a local root within its size and its age, least recently vended first.
//
// Removes only what the index names, hence only artifacts of ours (B14). One that was vended within
// the life of a GET ticket goes only when the size limit leaves nothing else. A file that vanishes
// or resists does not end a sweep (B30).
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "storage/local_objects.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace vc::storage {

inline constexpr std::chrono::minutes kGetTicketLife{15};

struct EvictionLimits {
  std::uint64_t bytes_max = 0;      // 0: no limit.
  std::chrono::seconds age_max{0};  // Since the last use. 0: no limit.
};

class LocalEviction {
 public:
  struct Report {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::uint64_t failures = 0;
  };

  LocalEviction(EvictionLimits limits, LocalObjects& objects, const Clock& clock, Log& log)
      : limits_(limits), objects_(objects), clock_(clock), log_(log) {}

  // Until the limits hold, in batches; one sweep at a time. The index must be rebuilt first, else
  // what it does not know yet counts for nothing.
  Report sweep(const std::stop_token& stop = {});

  bool over_size() const;

  // How long after its last use an artifact is kept at least; nullopt without an age limit. Never
  // so short that the coarse times on the disk could cut the life of a ticket.
  std::optional<std::chrono::seconds> age_max() const;

 private:
  bool is_due(const LocalIndex::Item& item, std::uint64_t bytes_wanted) const;
  void remove(const LocalIndex::Item& item, Report& report);

  EvictionLimits limits_;
  LocalObjects& objects_;
  const Clock& clock_;
  Log& log_;
  std::mutex sweeping_;
};

}  // namespace vc::storage
