// FileIndex: path -> (stat, digest) of every file that was ever hashed here, so that an unchanged
// file is not read again.
//
// One memory-mapped file. An entry counts only while size, mtime, ctime, inode and mode are all as
// recorded and the file is not "racy": changed within the timestamp granularity of the moment the
// index was written. A damaged index is an empty one.
#pragma once

#include "core/digest.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace vc::agent {

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

class FileIndex {
 public:
  // Absent, unreadable or damaged: an empty index.
  static std::unique_ptr<FileIndex> load(const fs::path& file);
  virtual ~FileIndex() = default;

  // Safe for concurrent use with each other and with record().
  virtual std::optional<Digest> find(std::string_view path, const FileStamp& stamp) const = 0;
  virtual void record(std::string_view path, const FileStamp& stamp, const Digest& digest) = 0;
  // Writes atomically, and only when something was recorded that was not there; entries not used
  // for 30 days are dropped.
  virtual Result<void> save() = 0;
};

}  // namespace vc::agent
