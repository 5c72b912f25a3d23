// PositiveCache: which objects were there a moment ago, so that a hot key does not cost a question
// to the store per download.
//
// Never remembers absence: a false miss would make every client rebuild. An entry is trusted for
// kAgeMax and never past the object's announced expiry. Bounded, least recently used go first. Safe
// for concurrent use.
#pragma once

#include "core/clock.hpp"
#include "storage/driver.hpp"
#include "wire/object_key.hpp"

#include <array>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace vc::gateway {

// An object that is there. Shared, because the metadata is long and replies are many.
using FoundObject = std::shared_ptr<const storage::ObjectInfo>;

class PositiveCache {
 public:
  static constexpr std::chrono::seconds kAgeMax{60};
  static constexpr std::size_t kEntriesMax = 16'384;  // About 1 KiB each.

  explicit PositiveCache(const Clock& clock, std::size_t entries_max = kEntriesMax);

  // nullptr when nothing is known.
  FoundObject find(const wire::ObjectKey& key);
  void remember(const wire::ObjectKey& key, FoundObject object);
  void forget(const wire::ObjectKey& key);

  std::size_t size() const;

 private:
  struct Entry {
    wire::ObjectKey key;
    FoundObject object;
    SteadyTime trusted_until;
  };

  // A lock per shard: the event loops meet here on every request.
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> recent_first;
    std::unordered_map<wire::ObjectKey, std::list<Entry>::iterator> by_key;
  };

  static constexpr std::size_t kShards = 16;

  Shard& shard_of(const wire::ObjectKey& key);
  static void erase(Shard& shard, std::list<Entry>::iterator entry);

  const Clock& clock_;
  std::size_t shard_entries_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace vc::gateway
