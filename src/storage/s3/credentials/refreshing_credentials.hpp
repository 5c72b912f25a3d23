// RefreshingCredentials: credentials that a background thread fetches, and fetches again in time.
//
// One thread, so one fetch at a time. The old ones stay in use while new ones cannot be had, until
// they expire. What goes wrong is logged once per kind, with its remedy, until it works again.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "storage/s3/credentials/provider.hpp"
#include "storage/s3/credentials/refresh_plan.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace vc::storage {

class RefreshingCredentials final : public CredentialsSource {
 public:
  // Does not wait for the first ones. `clock` and `log` must outlive this. `jitter` as in
  // RefreshPlan.
  RefreshingCredentials(std::unique_ptr<CredentialsProvider> provider, const Clock& clock, Log& log,
                        double jitter);

  // A refresh that is due and has not begun begins now: a thread that sleeps by the monotonic clock
  // does not notice that the machine was suspended.
  Result<std::shared_ptr<const Credentials>> current() const override;

  void wait_for_first(const std::stop_token& stop) const override;

 private:
  using Failure = std::pair<Errc, bool>;  // A kind of it: the code, and whether any are usable.

  void run(const std::stop_token& stop);
  void take(Result<Credentials> fetched, TimePoint now);
  void log_taken(const Credentials& before, TimePoint now);
  void log_failure(const Error& error, TimePoint now);
  bool usable(TimePoint now) const;

  const std::unique_ptr<CredentialsProvider> provider_;
  const Clock& clock_;
  Log& log_;

  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  RefreshPlan plan_;
  bool fetching_ = true;
  bool tried_ = false;
  std::shared_ptr<const Credentials> credentials_;
  std::optional<Error> error_;  // Of the last fetch.
  std::optional<Failure> logged_;
  std::jthread thread_;  // Last, so that it ends first.
};

}  // namespace vc::storage
