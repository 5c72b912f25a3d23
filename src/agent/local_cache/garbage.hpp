// Garbage collection of a cache directory: over all its tiers, least recently used first.
#pragma once

#include "agent/local_cache.hpp"

#include <cstdint>
#include <optional>

namespace vc::agent {

enum class GarbageMode : std::uint8_t {
  remove,
  preview,  // Says what would be removed.
};

// What is looked at besides sizes and times.
enum class GarbageDepth : std::uint8_t {
  times,
  headers,  // Opens every entry; one whose header or length is not as written is damaged and goes.
};

struct GarbageReport {
  LocalCacheUsage removed;  // Damaged entries included.
  LocalCacheUsage left;
  std::uint64_t damaged = 0;
};

// See LocalCache::collect_garbage(). A directory without a cache has nothing to remove. Files that
// are not ours stay, whatever the limits are.
Result<std::optional<GarbageReport>> collect_cache_garbage(
    const fs::path& directory, const LocalCacheLimits& limits, TimePoint now,
    GarbageMode mode = GarbageMode::remove, GarbageDepth depth = GarbageDepth::times);

}  // namespace vc::agent
