#include "storage/s3/credentials/refreshing_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::storage {

namespace {

// The longest sleep: the wall clock, by which credentials expire, can be set.
constexpr std::chrono::milliseconds kSleepMax{10'000};

Error with_reason(std::string_view what, const std::optional<Error>& reason) {
  Error error{.code = Errc::unavailable, .message = std::string(what)};
  if (reason) {
    error.message.append(": ").append(reason->message);
    error.hint = reason->hint;
  }
  return error;
}

}  // namespace

RefreshingCredentials::RefreshingCredentials(std::unique_ptr<CredentialsProvider> provider,
                                             const Clock& clock, Log& log, double jitter)
    : provider_(std::move(provider)),
      clock_(clock),
      log_(log),
      plan_(jitter),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

bool RefreshingCredentials::usable(TimePoint now) const {
  if (!credentials_) {
    return false;
  }
  const auto until = good_until(*credentials_);
  return !until || now < *until;
}

Result<std::shared_ptr<const Credentials>> RefreshingCredentials::current() const {
  const TimePoint now = clock_.now();
  const std::scoped_lock lock(mutex_);
  if (!fetching_ && plan_.due() <= now) {
    changed_.notify_all();
  }
  if (usable(now)) {
    return credentials_;
  }
  return std::unexpected(credentials_
                             ? with_reason("the credentials for the store have expired", error_)
                             : with_reason("there are no credentials for the store yet", error_));
}

void RefreshingCredentials::wait_for_first(const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return tried_; });
}

void RefreshingCredentials::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    auto fetched = provider_->fetch(stop);
    if (stop.stop_requested()) {
      return;
    }
    take(std::move(fetched), clock_.now());
    std::unique_lock lock(mutex_);
    tried_ = true;
    fetching_ = false;
    changed_.notify_all();
    for (TimePoint now = clock_.now(); now < plan_.due() && !stop.stop_requested();
         now = clock_.now()) {
      changed_.wait_for(lock, stop, std::min(plan_.due() - now, kSleepMax),
                        [&] { return plan_.due() <= clock_.now(); });
    }
    fetching_ = true;
  }
}

// Only this thread writes what it reads here and in the two below; the lock is for the others, and
// is not held while something is logged.
void RefreshingCredentials::take(Result<Credentials> fetched, TimePoint now) {
  std::unique_lock lock(mutex_);
  if (fetched && plan_.fetched(now, *fetched, provider_->recheck_interval())) {
    const auto before =
        std::exchange(credentials_, std::make_shared<const Credentials>(*std::move(fetched)));
    error_.reset();
    lock.unlock();
    log_taken(before ? *before : Credentials{}, now);
    return;
  }
  if (fetched) {
    error_ = Error{.code = Errc::corrupt,
                   .message = fmt::format("{}: handed out credentials that have expired, or do so "
                                          "within {} s",
                                          provider_->name(), kCredentialsMargin.count()),
                   .hint = "set the clocks of this machine and of that service"};
  } else {
    plan_.failed(now);
    error_ = std::move(fetched).error().within(provider_->name());
  }
  const Error error = *error_;
  lock.unlock();
  log_failure(error, now);
}

void RefreshingCredentials::log_taken(const Credentials& before, TimePoint now) {
  const bool recovered = std::exchange(logged_, std::nullopt).has_value();
  if (!recovered && before.access_key_id == credentials_->access_key_id) {
    return;
  }
  // The key's id is no secret, but part of URLs that are.
  const auto& expires_at = credentials_->expires_at;
  const auto left =
      expires_at ? std::chrono::floor<std::chrono::seconds>(*expires_at - now).count() : 0;
  log_.info(before.access_key_id.empty() ? "got credentials for the store"
                                         : "renewed the credentials for the store",
            {{"from", provider_->name()}, {"expires_in_s", std::int64_t{left}}});
}

void RefreshingCredentials::log_failure(const Error& error, TimePoint now) {
  const Failure failure{error.code, usable(now)};
  if (logged_ == failure) {
    return;
  }
  logged_ = failure;
  if (failure.second) {
    log_.warn("the credentials for the store cannot be renewed; the old ones are still good",
              {{"error", error.message}, {"hint", error.hint}});
  } else {
    log_.error("there are no usable credentials for the store",
               {{"error", error.message}, {"hint", error.hint}});
  }
}

}  // namespace vc::storage
