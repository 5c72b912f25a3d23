// Garbage collection of a cache directory: over all its tiers, least recently used first.
#pragma once

#include "agent/local_cache.hpp"

#include <optional>

namespace vc::agent {

// See LocalCache::collect_garbage().
Result<std::optional<LocalCacheUsage>> collect_cache_garbage(const fs::path& directory,
                                                             const LocalCacheLimits& limits,
                                                             TimePoint now);

}  // namespace vc::agent
