// Readiness: probes a store in the background until it passes, and remembers what it is.
//
// So a gateway starts while its store is still coming up, and vends no upload ticket before it
// knows what the store does with one.
#pragma once

#include "core/log.hpp"
#include "core/result.hpp"
#include "storage/store_traits.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace vc::storage {

// Safe for concurrent use.
class Readiness {
 public:
  using Probe = std::function<Result<StoreTraits>(std::stop_token)>;

  // Probes at once, then at doubling intervals up to kRetryMax. `log` must outlive this; so must
  // what `probe` refers to.
  Readiness(Probe probe, Log& log);

  // Why not, as long as the probe has not passed.
  Result<StoreTraits> traits() const;

  // Blocks until the first probe has ended, however it did.
  void wait_for_first_probe() const;

 private:
  static constexpr std::chrono::milliseconds kRetryMin{500};
  static constexpr std::chrono::milliseconds kRetryMax{60'000};

  void run(const std::stop_token& stop);

  Probe probe_;
  Log& log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool probed_ = false;
  Result<StoreTraits> traits_ = fail(Errc::unavailable, "the store has not been probed yet");
  std::jthread thread_;  // Last, so that it ends first.
};

}  // namespace vc::storage
