#include "gateway/existence.hpp"

namespace vc::gateway {

Existence::Existence(storage::Driver& driver, const Clock& clock, Log& log, Metrics& metrics)
    : driver_(driver), log_(log), metrics_(metrics), cache_(clock) {}

std::optional<Answer> Existence::known(const wire::ObjectKey& key, Freshness freshness) {
  if (freshness == Freshness::recent) {
    if (FoundObject object = cache_.find(key)) {
      return Answer(std::move(object));
    }
  }
  if (driver_.presence(key) == storage::Presence::absent) {
    return Answer(nullptr);
  }
  return std::nullopt;
}

bool Existence::surely_present(const wire::ObjectKey& key) {
  // The driver's word undoes a cache entry whose object has been evicted since.
  return cache_.find(key) != nullptr && driver_.presence(key) != storage::Presence::absent;
}

Answer Existence::ask(const wire::ObjectKey& key, Deadline deadline) {
  std::unique_lock lock(flights_mutex_);
  if (const auto found = flights_.find(key); found != flights_.end()) {
    const std::shared_ptr<Flight> flight = found->second;
    lock.unlock();
    std::unique_lock waiting(flight->mutex);
    const std::optional<Answer>& answer = flight->answer;
    flight->landed.wait_until(waiting, deadline, [&] { return answer.has_value(); });
    if (!answer) {
      return fail(Errc::timeout, "the store did not answer in time");
    }
    return *answer;
  }
  const auto flight = std::make_shared<Flight>();
  flights_.emplace(key, flight);
  lock.unlock();

  Answer answer = ask_store(key, deadline);
  lock.lock();
  flights_.erase(key);
  lock.unlock();
  {
    const std::lock_guard landing(flight->mutex);
    flight->answer = answer;
  }
  flight->landed.notify_all();
  return answer;
}

Answer Existence::ask_store(const wire::ObjectKey& key, Deadline deadline) {
  auto info = driver_.head(key, deadline);
  if (!info) {
    metrics_.count_store_error(info.error().code);
    log_.warn("the store does not say whether an artifact is there",
              {{"error", info.error().message}});
    return std::unexpected(std::move(info).error());
  }
  auto found = *std::move(info);
  if (!found) {
    cache_.forget(key);
    return nullptr;
  }
  auto object = std::make_shared<const storage::ObjectInfo>(*std::move(found));
  cache_.remember(key, object);
  return object;
}

void Existence::remember(const wire::ObjectKey& key, storage::ObjectInfo info) {
  cache_.remember(key, std::make_shared<const storage::ObjectInfo>(std::move(info)));
}

void Existence::forget(const wire::ObjectKey& key) {
  cache_.forget(key);
}

}  // namespace vc::gateway
