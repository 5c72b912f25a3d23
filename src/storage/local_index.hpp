// LocalIndex: what the local driver has, in memory: answers presence and the order of eviction.
//
// Rebuilt from a walk of the disk after each start, about 200 bytes an object. The disk stays the
// truth: an entry may outlive its file (then eviction finds that out), but once complete() no file
// of ours lacks its entry. Safe for concurrent use; no call waits for a disk.
#pragma once

#include "core/clock.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::storage {

class LocalIndex {
 public:
  struct Item {
    std::string path;
    std::uint64_t bytes = 0;  // What it takes on the disk.
    TimePoint used;
  };

  // For what was just published: replaces an entry of that name.
  void insert(std::string_view path, std::uint64_t bytes, TimePoint used);
  // For what the walk found: an entry that is there already knows better.
  void insert_found(std::string_view path, std::uint64_t bytes, TimePoint used);
  // false when there is no such entry.
  bool touch(std::string_view path, TimePoint now);
  void erase(std::string_view path);

  bool contains(std::string_view path) const;
  std::optional<TimePoint> last_use(std::string_view path) const;

  // The `count` entries that have been unused the longest, those first.
  std::vector<Item> oldest(std::size_t count) const;

  std::uint64_t bytes_total() const { return bytes_total_.load(std::memory_order_relaxed); }

  // Whether the walk has ended without missing anything.
  bool complete() const { return complete_.load(std::memory_order_acquire); }

  void set_complete() { complete_.store(true, std::memory_order_release); }

 private:
  struct Entry {
    std::uint64_t bytes = 0;
    TimePoint used;
  };

  struct Hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view path) const {
      return std::hash<std::string_view>{}(path);
    }
  };

  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries;
  };

  // So that event loops asking for presence hardly ever wait for each other or for oldest().
  static constexpr std::size_t kShards = 16;

  Shard& shard_of(std::string_view path) { return shards_[Hash{}(path) % kShards]; }

  const Shard& shard_of(std::string_view path) const { return shards_[Hash{}(path) % kShards]; }

  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> bytes_total_{0};
  std::atomic<bool> complete_{false};
};

}  // namespace vc::storage
