// LocalObjects: the published artifacts of a local root: the tree, and the index beside it.
//
// What happens to one path (link, rename, unlink, and the index entry that follows) happens under
// one lock, chosen by the path; so an unlink never hits a file that was published after the
// decision to remove it, and the index never forgets one that is there. Syncing happens outside the
// locks. Safe for concurrent use.
#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/result.hpp"
#include "storage/local_blob.hpp"
#include "storage/local_index.hpp"
#include "storage/local_tree.hpp"
#include "storage/staged_file.hpp"
#include "wire/object_key.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace vc::storage {

// How far a file's modification time, which is its time of last use, may lag behind. Writing it at
// every use would turn every read into a write.
inline constexpr std::chrono::hours kUseResolution{1};

void set_time_of_use(int fd, TimePoint when);

class LocalObjects {
 public:
  struct Blob {
    UniqueFd fd;
    BlobHeader header;
  };

  LocalObjects(int objects_fd, const Clock& clock, Log& log)
      : tree_(objects_fd), clock_(clock), log_(log) {}

  // A damaged file is removed, with a line in the log, and counts as absent.
  Result<std::optional<Blob>> open(const wire::ObjectKey& key);

  // Durable when it returns. `staged` must be complete and synced, and take `file_bytes`.
  Result<Stored> publish(const StagedFile& staged, const wire::ObjectKey& key,
                         std::uint64_t file_bytes);
  Result<void> replace(StagedFile& staged, const wire::ObjectKey& key, std::uint64_t file_bytes);

  // Removes `item` unless it has been used since it was chosen; the bytes that frees.
  Result<std::uint64_t> evict(const LocalIndex::Item& item);

  void touch(const wire::ObjectKey& key) { index_.touch(key.text(), clock_.now()); }

  // Fills the index from the disk. Files that are not named like an object of ours are left alone
  // for ever: not indexed, hence never evicted (B14).
  void rebuild_index(const std::stop_token& stop);

  const LocalIndex& index() const { return index_; }

 private:
  std::mutex& lock_of(std::string_view path);
  Result<void> discard(const std::string& path, int fd, const Error& damage);
  void record_use(const std::string& path, const UniqueFd& fd, const struct stat& status);

  LocalTree tree_;
  LocalIndex index_;
  const Clock& clock_;
  Log& log_;
  std::array<std::mutex, 64> path_locks_;
};

}  // namespace vc::storage
