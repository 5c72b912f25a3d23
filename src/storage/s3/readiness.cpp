#include "storage/s3/readiness.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace vc::storage {

namespace {

void log_passed(const StoreTraits& traits, Log& log) {
  log.info("the object store is ready", {{"conditional_write", to_text(traits.condition)},
                                         {"checks_sha256", traits.enforces_sha256},
                                         {"checks_md5", traits.enforces_md5}});
  if (traits.condition != Condition::enforced) {
    log.warn(
        "the object store does not enforce that the first write wins: writers of one key at "
        "the same time can overwrite each other",
        {{"conditional_write", to_text(traits.condition)}});
  }
  if (std::chrono::abs(traits.clock_ahead) > kClockSkewMax) {
    log.warn("the clocks of the object store and of this machine differ",
             {{"store_ahead_s", std::int64_t{traits.clock_ahead.count()}}});
  }
}

}  // namespace

Readiness::Readiness(Probe probe, Log& log)
    : probe_(std::move(probe)),
      log_(log),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Result<StoreTraits> Readiness::traits() const {
  const std::scoped_lock lock(mutex_);
  return traits_;
}

void Readiness::wait_for_first_probe() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return probed_; });
}

void Readiness::run(const std::stop_token& stop) {
  for (auto pause = kRetryMin; !stop.stop_requested(); pause = std::min(2 * pause, kRetryMax)) {
    auto traits = probe_(stop);
    if (traits) {
      log_passed(*traits, log_);
    } else {
      log_.error("the object store cannot be used",
                 {{"error", traits.error().message}, {"hint", traits.error().hint}});
    }
    std::unique_lock lock(mutex_);
    traits_ = std::move(traits);
    probed_ = true;
    changed_.notify_all();
    if (traits_) {
      return;
    }
    changed_.wait_for(lock, stop, pause, [] { return false; });
  }
}

}  // namespace vc::storage
