#include "storage/local_index.hpp"

#include <algorithm>

namespace vc::storage {

namespace {

bool used_before(const LocalIndex::Item& a, const LocalIndex::Item& b) {
  return a.used < b.used;
}

}  // namespace

void LocalIndex::insert(std::string_view path, std::uint64_t bytes, TimePoint used) {
  Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  const auto [entry, added] = shard.entries.try_emplace(std::string(path));
  bytes_total_ += bytes - entry->second.bytes;  // Unsigned arithmetic: a smaller one subtracts.
  entry->second = {.bytes = bytes, .used = used};
}

void LocalIndex::insert_found(std::string_view path, std::uint64_t bytes, TimePoint used) {
  Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  const auto [entry, added] =
      shard.entries.try_emplace(std::string(path), Entry{.bytes = bytes, .used = used});
  if (added) {
    bytes_total_ += bytes;
  }
}

bool LocalIndex::touch(std::string_view path, TimePoint now) {
  Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  const auto entry = shard.entries.find(path);
  if (entry == shard.entries.end()) {
    return false;
  }
  entry->second.used = std::max(entry->second.used, now);
  return true;
}

void LocalIndex::erase(std::string_view path) {
  Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  const auto entry = shard.entries.find(path);
  if (entry != shard.entries.end()) {
    bytes_total_ -= entry->second.bytes;
    shard.entries.erase(entry);
  }
}

bool LocalIndex::contains(std::string_view path) const {
  const Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  return shard.entries.contains(path);
}

std::optional<TimePoint> LocalIndex::last_use(std::string_view path) const {
  const Shard& shard = shard_of(path);
  const std::scoped_lock lock(shard.mutex);
  const auto entry = shard.entries.find(path);
  return entry == shard.entries.end() ? std::nullopt : std::optional(entry->second.used);
}

std::vector<LocalIndex::Item> LocalIndex::oldest(std::size_t count) const {
  // A heap with the youngest of the oldest on top: one pass, memory for `count` names only.
  std::vector<Item> heap;
  heap.reserve(count + 1);
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    for (const auto& [path, entry] : shard.entries) {
      if (heap.size() == count && entry.used >= heap.front().used) {
        continue;
      }
      heap.push_back({.path = path, .bytes = entry.bytes, .used = entry.used});
      std::ranges::push_heap(heap, used_before);
      if (heap.size() > count) {
        std::ranges::pop_heap(heap, used_before);
        heap.pop_back();
      }
    }
  }
  std::ranges::sort_heap(heap, used_before);
  return heap;
}

}  // namespace vc::storage
