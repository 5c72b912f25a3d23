// ScriptedDriver: a store whose every answer a test decides, and which counts its questions.
#pragma once

#include "storage/driver.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

namespace vc::gateway {

class ScriptedDriver final : public storage::Driver {
 public:
  storage::DriverLimits driver_limits{.needs_size = false, .object_bytes_max = 1 << 30};
  storage::Presence presence_when_absent = storage::Presence::maybe;

  void put(const wire::ObjectKey& key, storage::ObjectInfo info) {
    const std::lock_guard lock(mutex_);
    objects_[key] = std::move(info);
  }

  void remove(const wire::ObjectKey& key) {
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }

  void fail_head(const wire::ObjectKey& key, Errc code) {
    const std::lock_guard lock(mutex_);
    errors_[key] = code;
  }

  // From now on head() does not return until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }

  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
  }

  // Returns once `count` questions are being held.
  void wait_for_held(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= count; });
  }

  std::size_t heads() const {
    const std::lock_guard lock(mutex_);
    return heads_;
  }

  std::size_t heads_at_once_max() const {
    const std::lock_guard lock(mutex_);
    return waiting_max_;
  }

  std::string_view name() const override { return "scripted"; }

  storage::DriverLimits limits() const override { return driver_limits; }

  storage::Presence presence(const wire::ObjectKey& key) const override {
    const std::lock_guard lock(mutex_);
    return objects_.contains(key) || errors_.contains(key) ? storage::Presence::maybe
                                                           : presence_when_absent;
  }

  Result<std::optional<storage::ObjectInfo>> head(const wire::ObjectKey& key, Deadline) override {
    std::unique_lock lock(mutex_);
    ++heads_;
    ++waiting_;
    waiting_max_ = std::max(waiting_max_, waiting_);
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    --waiting_;
    if (const auto error = errors_.find(key); error != errors_.end()) {
      return fail(error->second, "head /srv/secret/path: scripted");
    }
    const auto object = objects_.find(key);
    return object == objects_.end() ? std::nullopt : std::optional(object->second);
  }

  Result<storage::Ticket> sign_get(const wire::ObjectKey& key,
                                   std::chrono::seconds ttl) const override {
    return storage::Ticket{
        .method = "GET", .url = "/get/" + key.text(), .life = std::min(ttl, longest_life)};
  }

  Result<storage::Ticket> sign_put(const wire::ObjectKey& key, const storage::UploadTerms& terms,
                                   std::chrono::seconds ttl) const override {
    const std::lock_guard lock(mutex_);
    last_terms = terms;
    last_ttl = ttl;
    return storage::Ticket{.method = "PUT",
                           .url = "https://store.example/put/" + key.text(),
                           .headers = {{"a", "b"}},
                           .life = std::min(ttl, longest_life)};
  }

  Result<std::optional<storage::OpenObject>> open(const wire::ObjectKey&) override {
    return std::nullopt;
  }

  Result<std::unique_ptr<storage::Spool>> spool(std::optional<std::uint64_t>) override {
    return fail(Errc::no_space, "open /srv/secret/path: No space left on device");
  }

  Result<void> check() override {
    return broken ? fail(Errc::io, "stat /srv/secret/path: Input/output error") : Result<void>{};
  }

  bool broken = false;                                         // For check().
  std::chrono::seconds longest_life = std::chrono::hours(24);  // Of a ticket.
  mutable storage::UploadTerms last_terms;
  mutable std::chrono::seconds last_ttl{0};

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<wire::ObjectKey, storage::ObjectInfo> objects_;
  std::map<wire::ObjectKey, Errc> errors_;
  bool held_ = false;
  std::size_t heads_ = 0;
  std::size_t waiting_ = 0;
  std::size_t waiting_max_ = 0;
};

}  // namespace vc::gateway
