// FileIndex: path -> (stat, digest) of every file that was ever hashed here, so that an unchanged
// file is not read again.
//
// One memory-mapped file; a damaged one is an empty one, a damaged entry is an absent one. An entry
// counts only while size, mtime, ctime, inode and mode are all as recorded.
//
// The racy rule. A file that is written twice within one tick of the file system's clock, with the
// same size, can have the same stat both times. So the clock of the file system that holds the
// index is sampled once, in load(), before any file is read, and a digest is kept only when both
// mtime and ctime are older than that sample: whatever happens to the file later gives it a ctime
// that is not. Where the clock of the sample may not be the file's (another device) or is coarse
// (whole seconds), "older" means by kCoarseTick. A file that is not older is hashed again by the
// next run.
#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace vc::agent {

// The coarsest timestamps in use (FAT).
inline constexpr std::chrono::nanoseconds kCoarseTick = std::chrono::seconds(2);
inline constexpr std::size_t kIndexEntriesMax = 1'000'000;
inline constexpr std::int64_t kIndexDaysUnused = 30;

// The fields of a stat that change when a file does.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t inode = 0;
  std::uint32_t mode = 0;

  static FileStamp of(const struct stat& status);

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

struct FileIndexStatistics {
  std::uint64_t recorded = 0;   // record() calls: files that were read.
  std::uint64_t unsettled = 0;  // Of those, not kept because of the racy rule.
};

class FileIndex {
 public:
  // Absent, unreadable or damaged: an empty index. Creates the directory of `file`, because the
  // clock is sampled there; where that fails nothing is kept.
  static std::unique_ptr<FileIndex> load(const fs::path& file);
  static std::unique_ptr<FileIndex> load(const fs::path& file, const Clock& clock);
  virtual ~FileIndex() = default;

  // Safe for concurrent use with each other and with record().
  virtual std::optional<Digest> find(std::string_view path, const FileStamp& stamp) const = 0;
  // `status` is fstat's of the descriptor that was read, the same before and after reading.
  virtual void record(std::string_view path, const struct stat& status, const Digest& digest) = 0;
  // Writes atomically, and only when something was recorded that was not there; entries not used
  // for kIndexDaysUnused are dropped. Of concurrent runs the last one wins.
  virtual Result<void> save() = 0;
  virtual FileIndexStatistics statistics() const = 0;
};

}  // namespace vc::agent
