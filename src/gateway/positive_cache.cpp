#include "gateway/positive_cache.hpp"

#include <algorithm>

namespace vc::gateway {

PositiveCache::PositiveCache(const Clock& clock, std::size_t entries_max)
    : clock_(clock), shard_entries_max_(std::max<std::size_t>(1, entries_max / kShards)) {}

PositiveCache::Shard& PositiveCache::shard_of(const wire::ObjectKey& key) {
  return shards_[std::hash<wire::ObjectKey>{}(key) % kShards];
}

void PositiveCache::erase(Shard& shard, std::list<Entry>::iterator entry) {
  shard.by_key.erase(entry->key);
  shard.recent_first.erase(entry);
}

FoundObject PositiveCache::find(const wire::ObjectKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) {
    return nullptr;
  }
  const auto entry = found->second;
  if (clock_.steady_now() >= entry->trusted_until) {
    erase(shard, entry);
    return nullptr;
  }
  shard.recent_first.splice(shard.recent_first.begin(), shard.recent_first, entry);
  return entry->object;
}

void PositiveCache::remember(const wire::ObjectKey& key, FoundObject object) {
  std::chrono::milliseconds trust = kAgeMax;
  if (const auto expires_at = object->expires_at) {
    trust = std::min(trust, *expires_at - clock_.now());
  }
  if (trust.count() <= 0) {
    return;
  }
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) {
    erase(shard, found->second);
  }
  if (shard.by_key.size() >= shard_entries_max_) {
    erase(shard, std::prev(shard.recent_first.end()));
  }
  shard.recent_first.push_front(
      {.key = key, .object = std::move(object), .trusted_until = clock_.steady_now() + trust});
  shard.by_key.emplace(key, shard.recent_first.begin());
}

void PositiveCache::forget(const wire::ObjectKey& key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.by_key.find(key); found != shard.by_key.end()) {
    erase(shard, found->second);
  }
}

std::size_t PositiveCache::size() const {
  std::size_t total = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    total += shard.by_key.size();
  }
  return total;
}

}  // namespace vc::gateway
