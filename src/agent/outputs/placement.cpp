#include "agent/outputs/placement.hpp"

#include "agent/beneath.hpp"
#include "agent/output_path.hpp"
#include "core/files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace vc::agent {

namespace {

constexpr std::size_t kCopyBufferBytes = 64 << 10;

std::string join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + '/' + name;
}

std::unexpected<Error> in_the_way(std::string_view path) {
  return fail(Errc::conflict,
              fmt::format("{} is in the way of an output and is not one itself", printable(path)),
              "remove it, or let the output patterns match it");
}

class RoomCheck {
 public:
  explicit RoomCheck(std::span<const std::string> owned_roots) : owned_roots_(owned_roots) {}

  Result<void> check(int staged_fd, int fd, const std::string& directory) {
    VC_TRY(const auto entries, list_directory(staged_fd));
    for (const DirectoryEntry& entry : entries) {
      VC_CHECK(check_entry(staged_fd, fd, entry, join(directory, entry.name)));
    }
    return {};
  }

 private:
  Result<void> check_entry(int staged_fd, int fd, const DirectoryEntry& entry,
                           const std::string& path) {
    if (std::ranges::binary_search(owned_roots_, path)) {
      return {};
    }
    struct stat status{};
    if (::fstatat(fd, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      return errno == ENOENT ? Result<void>{}
                             : std::unexpected(errno_error("stat " + printable(path)));
    }
    if (entry.kind != FileKind::directory || !S_ISDIR(status.st_mode)) {
      return in_the_way(path);
    }
    VC_TRY(const UniqueFd staged, open_beneath(staged_fd, entry.name, O_RDONLY | O_DIRECTORY));
    VC_TRY(const UniqueFd existing, open_beneath(fd, entry.name, O_RDONLY | O_DIRECTORY));
    return check(staged.get(), existing.get(), path);
  }

  std::span<const std::string> owned_roots_;
};

class Placement {
 public:
  explicit Placement(std::string temporary_name) : temporary_name_(std::move(temporary_name)) {}

  Result<void> place_all(int staged_fd, int fd, const std::string& directory) {
    // Listed before the first rename: what a directory yields while it changes is unspecified.
    VC_TRY(const auto entries, list_directory(staged_fd));
    for (const DirectoryEntry& entry : entries) {
      VC_CHECK(place(staged_fd, fd, entry, join(directory, entry.name)));
    }
    return {};
  }

 private:
  Result<void> place(int staged_fd, int fd, const DirectoryEntry& entry, const std::string& path) {
    const char* name = entry.name.c_str();
    if (::renameat(staged_fd, name, fd, name) == 0) {
      return {};
    }
    const int error_number = errno;
    const bool is_directory = entry.kind == FileKind::directory;
    switch (error_number) {
      case ENOTEMPTY:
      case EEXIST:
        return merge(staged_fd, fd, entry.name, path);
      case EXDEV:
      case EBUSY:
        return is_directory ? merge(staged_fd, fd, entry.name, path)
                            : copy(staged_fd, fd, entry, path);
      case ENOTDIR:
      case EISDIR:
        return in_the_way(path);
      default:
        return std::unexpected(errno_error("put into place " + printable(path), error_number));
    }
  }

  // Into a directory that stays, because it holds more than outputs or cannot be replaced.
  Result<void> merge(int staged_fd, int fd, const std::string& name, const std::string& path) {
    if (::mkdirat(fd, name.c_str(), 0777) != 0 && errno != EEXIST) {
      return std::unexpected(errno_error("create directory " + printable(path)));
    }
    auto existing = open_beneath(fd, name, O_RDONLY | O_DIRECTORY);
    if (!existing) {
      return existing.error().code == Errc::not_found
                 ? in_the_way(path)
                 : Result<void>(std::unexpected(std::move(existing).error()));
    }
    {
      VC_TRY(const UniqueFd staged, open_beneath(staged_fd, name, O_RDONLY | O_DIRECTORY));
      VC_CHECK(place_all(staged.get(), existing->get(), path));
    }
    return remove_tree(staged_fd, name);
  }

  Result<void> copy(int staged_fd, int fd, const DirectoryEntry& entry, const std::string& path) {
    VC_CHECK(remove_tree(fd, temporary_name_));  // Of an interrupted attempt.
    auto copied = entry.kind == FileKind::symlink ? copy_link(staged_fd, fd, entry.name)
                                                  : copy_file(staged_fd, fd, entry.name);
    if (copied && ::renameat(fd, temporary_name_.c_str(), fd, entry.name.c_str()) != 0) {
      copied = errno == EISDIR ? in_the_way(path) : std::unexpected(errno_error("rename"));
    }
    if (!copied) {
      ::unlinkat(fd, temporary_name_.c_str(), 0);
      return std::unexpected(std::move(copied).error().within(printable(path)));
    }
    return remove_tree(staged_fd, entry.name);
  }

  Result<void> copy_link(int staged_fd, int fd, const std::string& name) {
    VC_TRY(const std::string target, link_target(staged_fd, name));
    if (::symlinkat(target.c_str(), fd, temporary_name_.c_str()) != 0) {
      return std::unexpected(errno_error("create a link"));
    }
    return {};
  }

  Result<void> copy_file(int staged_fd, int fd, const std::string& name) {
    VC_TRY(const UniqueFd from, open_beneath(staged_fd, name, O_RDONLY));
    struct stat status{};
    if (::fstat(from.get(), &status) != 0) {
      return std::unexpected(errno_error("stat"));
    }
    const UniqueFd to(::openat(fd, temporary_name_.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                               status.st_mode & 0777));
    if (!to.valid()) {
      return std::unexpected(errno_error("create a file"));
    }
    std::array<std::byte, kCopyBufferBytes> buffer;
    for (;;) {
      VC_TRY(const std::size_t count, read_up_to(from.get(), buffer));
      VC_CHECK(write_all(to.get(), ByteView(buffer).first(count)));
      if (count < buffer.size()) {
        return {};
      }
    }
  }

  std::string temporary_name_;
};

}  // namespace

Result<void> check_room(int tree_fd, int package_fd, std::span<const std::string> owned_roots) {
  return RoomCheck(owned_roots).check(tree_fd, package_fd, "");
}

Result<void> set_aside(int package_fd, std::span<const std::string> owned_roots, int old_fd) {
  DirectoryCursor parents(package_fd, DirectoryCursor::Missing::fail);
  std::size_t number = 0;
  for (const std::string& path : owned_roots) {
    VC_TRY(const int parent, parents.parent_of(path));
    const std::string name(name_of_path(path));
    if (::renameat(parent, name.c_str(), old_fd, fmt::format("{}", number++).c_str()) == 0 ||
        errno == ENOENT) {
      continue;
    }
    // EXDEV, EBUSY: another file system, a mount point. EACCES: a directory its owner may not write
    // cannot be moved, but made writable and emptied.
    if (errno != EXDEV && errno != EBUSY && errno != EACCES) {
      return std::unexpected(errno_error("set aside " + printable(path)));
    }
    VC_CHECK(remove_tree(parent, name));
  }
  return {};
}

Result<void> place_tree(int tree_fd, int package_fd, const std::string& temporary_name) {
  return Placement(temporary_name).place_all(tree_fd, package_fd, "");
}

}  // namespace vc::agent
