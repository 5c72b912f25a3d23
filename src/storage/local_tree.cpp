#include "storage/local_tree.hpp"

#include "core/assert.hpp"
#include "storage/staged_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <mutex>
#include <utility>

namespace vc::storage {

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
// Deeper than any key of ours: v1, 8 scope segments, -, namespace, shard.
constexpr int kDepthMax = 16;

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

struct Walker {
  const LocalTree::Visit& visit;
  const std::stop_token& stop;
  bool complete = true;

  // `path` is the directory's own, with a slash at its end unless it is the root.
  void enter(UniqueFd fd, const std::string& path, int depth) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(
        depth <= kDepthMax ? ::fdopendir(fd.get()) : nullptr, ::closedir);
    if (!stream) {
      complete = false;
      return;
    }
    const int directory = fd.release();  // The stream owns it now.
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(stream.get());
      if (entry == nullptr || stop.stop_requested()) {
        complete = complete && errno == 0 && entry == nullptr;
        return;
      }
      if (entry->d_name[0] != '.') {  // Also `.` and `..`; no name of ours begins so.
        examine(directory, entry->d_name, path, depth);
      }
    }
  }

  void examine(int directory, const char* name, const std::string& path, int depth) {
    struct stat status{};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      complete = complete && errno == ENOENT;
      return;
    }
    if (S_ISREG(status.st_mode)) {
      visit(path + name, status);
    } else if (S_ISDIR(status.st_mode)) {
      UniqueFd child(::openat(directory, name, kDirectoryFlags));
      if (child.valid()) {
        enter(std::move(child), path + name + "/", depth + 1);
      } else {
        complete = complete && errno == ENOENT;
      }
    }
  }
};

}  // namespace

Result<std::optional<UniqueFd>> LocalTree::open(const std::string& path) const {
  UniqueFd fd(::openat(objects_fd_, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.valid()) {
    return fd;
  }
  if (errno == ENOENT) {
    return std::nullopt;
  }
  return std::unexpected(errno_error("open " + path));
}

Result<std::optional<struct stat>> LocalTree::stat(const std::string& path) const {
  struct stat status{};
  if (::fstatat(objects_fd_, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return status;
  }
  if (errno == ENOENT) {
    return std::nullopt;
  }
  return std::unexpected(errno_error("stat " + path));
}

Result<UniqueFd> LocalTree::directory_of(const std::string& path) {
  const std::string directory(parent_of(path));
  VC_ASSERT(!directory.empty());
  bool durable = false;
  {
    const std::shared_lock lock(directories_mutex_);
    durable = durable_.contains(directory);
  }
  if (!durable) {
    const std::unique_lock lock(directories_mutex_);
    VC_CHECK(make_durable(directory));
  }
  UniqueFd fd(::openat(objects_fd_, directory.c_str(), kDirectoryFlags));
  if (!fd.valid()) {
    const int error_number = errno;
    if (error_number == ENOENT) {
      forget(directory);
    }
    return std::unexpected(errno_error("open directory " + directory, error_number));
  }
  return fd;
}

void LocalTree::forget(std::string_view directory) {
  const std::unique_lock lock(directories_mutex_);
  for (; !directory.empty(); directory = parent_of(directory)) {
    durable_.erase(std::string(directory));
  }
}

// Top down, so that a crash leaves no entry below a directory that may be lost. A directory that
// was there already is synced too: who made it may have been killed before it could.
Result<void> LocalTree::make_durable(std::string_view directory) {
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = directory.find('/', end + 1);
    const std::string prefix(directory.substr(0, end));
    if (durable_.contains(prefix)) {
      continue;
    }
    if (::mkdirat(objects_fd_, prefix.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
      return std::unexpected(errno_error("create directory " + prefix));
    }
    const std::string parent(parent_of(prefix));
    const UniqueFd fd(
        ::openat(objects_fd_, parent.empty() ? "." : parent.c_str(), kDirectoryFlags));
    if (!fd.valid()) {
      return std::unexpected(errno_error("open directory " + parent));
    }
    VC_CHECK(sync_to_disk(fd.get(), "directory " + parent));
    durable_.insert(prefix);
  }
  return {};
}

Result<bool> LocalTree::remove(const std::string& path) {
  const bool removed = ::unlinkat(objects_fd_, path.c_str(), 0) == 0;
  if (!removed && errno != ENOENT) {
    return std::unexpected(errno_error("remove " + path));
  }
  prune(parent_of(path));
  return removed;
}

void LocalTree::prune(std::string_view directory) {
  const std::unique_lock lock(directories_mutex_);
  for (; !directory.empty(); directory = parent_of(directory)) {
    const std::string path(directory);
    const bool gone = ::unlinkat(objects_fd_, path.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT;
    if (!gone) {
      return;  // Not empty: neither is any parent.
    }
    durable_.erase(path);
  }
}

bool LocalTree::walk(const Visit& visit, const std::stop_token& stop) const {
  UniqueFd fd(::openat(objects_fd_, ".", kDirectoryFlags));
  Walker walker{.visit = visit, .stop = stop};
  walker.enter(std::move(fd), "", 0);
  return walker.complete;
}

}  // namespace vc::storage
