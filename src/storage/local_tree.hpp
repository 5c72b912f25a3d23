// LocalTree: the directories below objects/, and how entries come into them durably.
//
// Knows paths and system calls, nothing of keys or blobs. Paths are ObjectKey::text(), relative to
// objects/. Safe for concurrent use; who excludes whom on one path is the caller's affair.
#pragma once

#include "core/fd.hpp"
#include "core/result.hpp"

#include <sys/stat.h>

#include <functional>
#include <optional>
#include <set>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace vc::storage {

class LocalTree {
 public:
  explicit LocalTree(int objects_fd) : objects_fd_(objects_fd) {}

  // For reading; nullopt when absent.
  Result<std::optional<UniqueFd>> open(const std::string& path) const;
  Result<std::optional<struct stat>> stat(const std::string& path) const;

  // The directory of `path`, made if need be, with every parent on stable storage. An entry made in
  // it becomes durable by syncing it. Eviction may remove it while it is empty: then this or the
  // linking fails with Errc::not_found, and the caller tries again.
  Result<UniqueFd> directory_of(const std::string& path);

  // Also removes directories that this leaves empty. false when nothing was there.
  Result<bool> remove(const std::string& path);

  // Visits every regular file with a path below the tree's root. Symbolic links are not followed.
  // What vanishes meanwhile is passed over (B30); false when something could not be read or `stop`
  // was requested, so that files may have been missed.
  using Visit = std::function<void(const std::string& path, const struct stat&)>;
  bool walk(const Visit& visit, const std::stop_token& stop) const;

 private:
  Result<void> make_durable(std::string_view directory);
  void prune(std::string_view directory);
  void forget(std::string_view directory);

  int objects_fd_;
  // Directories that this process has made or found, and whose entry in their parent it has synced.
  // Making and removing directories excludes each other, else a new directory could be taken for
  // its durable predecessor.
  std::shared_mutex directories_mutex_;
  std::set<std::string, std::less<>> durable_;
};

}  // namespace vc::storage
