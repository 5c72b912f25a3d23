// LocalCache: artifacts on this machine's disk, the same bytes as in the remote store.
//
// One file an entry, `<directory>/v1/<tier>/<aa>/<key>.tar.zst`: a zstd skippable frame with the
// entry's metadata, then the archive, so that one link publishes both and `tar --zstd -tf` still
// lists it. `tier` is a digest of remote URL and scope: entries of one scope are never served to
// another. Safe for concurrent runs; bounded by size and age, least recently used first. A write
// that is cut off leaves nothing.
//
// Nothing is fsynced: an entry that a power failure tore does not have its digest, and is a miss.
#pragma once

#include "agent/archive.hpp"
#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

struct LocalCacheLimits {
  std::uint64_t bytes_max = 10ULL << 30;
  std::chrono::hours age_max{24 * 14};  // Since the last use.
};

struct LocalEntry {
  UniqueFd fd;
  std::uint64_t archive_offset = 0;
  std::uint64_t archive_bytes = 0;
  Digest sha256;       // Of the archive, as recorded; the reader checks it.
  std::string vcmeta;  // The remote's seal, "" for an entry that was never remote.
};

// The archive in `entry`, from its beginning. `entry` must outlive the source; several sources of
// one entry do not disturb each other.
ArchiveSource archive_source(const LocalEntry& entry);

// An artifact being written; gone when destroyed before publish().
class LocalCacheWriter {
 public:
  virtual ~LocalCacheWriter() = default;
  // Where the archive is written, at the current offset.
  virtual int fd() const = 0;
  // An entry that is there already stays; that is success too.
  virtual Result<void> publish(const Digest& key, const Digest& sha256, std::uint64_t archive_bytes,
                               std::string_view vcmeta) = 0;
};

struct LocalCacheUsage {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;
};

class LocalCache {
 public:
  // Creates `directory` with a `.gitignore` that hides it. `tier` is 1 to 64 digits and lower-case
  // letters, else Errc::invalid. A directory that cannot be created or written is Errc::io (or
  // no_space) with the path and the remedy.
  static Result<std::unique_ptr<LocalCache>> open(fs::path directory, std::string_view tier,
                                                  LocalCacheLimits limits, const Clock& clock);
  virtual ~LocalCache() = default;

  // Errc::corrupt for a damaged entry, which is removed by this. An entry that is found counts as
  // used (to the hour).
  virtual Result<std::optional<LocalEntry>> find(const Digest& key) = 0;
  virtual Result<std::unique_ptr<LocalCacheWriter>> writer() = 0;
  virtual void remove(const Digest& key) = 0;  // A bad entry.
  // Brings the directory, all tiers of it, under the limits and returns what is left; sweeps what
  // killed writers left behind. At most one process does it at a time; to the others it returns
  // nullopt at once.
  virtual Result<std::optional<LocalCacheUsage>> collect_garbage() = 0;
  virtual const fs::path& directory() const = 0;
};

// Removes the whole cache directory (only what is ours below it) and returns what that was; for
// `velocity clean`.
Result<LocalCacheUsage> remove_local_cache(const fs::path& directory);

}  // namespace vc::agent
