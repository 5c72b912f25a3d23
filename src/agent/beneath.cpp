#include "agent/beneath.hpp"

#include "agent/output_path.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace vc::agent {

namespace {

constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::unexpected<Error> path_error(std::string_view doing, std::string_view path) {
  const int error_number = errno;
  Error error = errno_error(std::string(doing) + " " + printable(path), error_number);
  // ENOTDIR and ELOOP: something on the way is a file or a link, so the path itself is not there.
  if (error_number == ENOTDIR || error_number == ELOOP) {
    error.code = Errc::not_found;
  }
  return std::unexpected(std::move(error));
}

int openat_retrying(int directory_fd, const char* name, int flags) {
  int fd = -1;
  do {
    fd = ::openat(directory_fd, name, flags);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Result<UniqueFd> open_by_components(int directory_fd, std::string_view path, int flags) {
  UniqueFd current;
  for (std::size_t begin = 0;;) {
    const std::size_t slash = path.find('/', begin);
    const bool last = slash == std::string_view::npos;
    const std::string name(path.substr(begin, last ? slash : slash - begin));
    const int from = current.valid() ? current.get() : directory_fd;
    UniqueFd next(openat_retrying(from, name.c_str(), last ? flags : kDirectoryFlags));
    if (!next.valid()) {
      return path_error("open", path);
    }
    if (last) {
      return next;
    }
    current = std::move(next);
    begin = slash + 1;
  }
}

}  // namespace

Result<UniqueFd> open_beneath(int directory_fd, std::string_view path, int flags) {
  flags |= O_NOFOLLOW | O_CLOEXEC;
  if (!path.contains('/')) {
    return open_by_components(directory_fd, path, flags);  // One plain openat says the same.
  }
  struct open_how how{};
  how.flags = static_cast<std::uint64_t>(flags);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const std::string name(path);
  long fd = -1;
  do {
    fd = ::syscall(SYS_openat2, directory_fd, name.c_str(), &how, sizeof how);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) {
    return UniqueFd(static_cast<int>(fd));
  }
  // Kernels before 5.6, and sandboxes that do not know the call (older Docker says EPERM).
  if (errno == ENOSYS || errno == EPERM) {
    return open_by_components(directory_fd, path, flags);
  }
  return path_error("open", path);
}

Result<int> DirectoryCursor::parent_of(std::string_view path) {
  const std::string_view parent = parent_of_path(path);
  const auto leads_to_parent = [&](const Level& level) {
    return parent.starts_with(level.path) &&
           (parent.size() == level.path.size() || parent[level.path.size()] == '/');
  };
  while (!levels_.empty() && !leads_to_parent(levels_.back())) {
    levels_.pop_back();
  }
  const std::string_view from = levels_.empty() ? std::string_view() : levels_.back().path;
  if (from.size() < parent.size()) {
    const int from_fd = levels_.empty() ? root_fd_ : levels_.back().fd.get();
    VC_CHECK(descend(from_fd, from, parent));
  }
  return levels_.empty() ? root_fd_ : levels_.back().fd.get();
}

// From directory `from` (open as `from_fd`) to `to` below it.
Result<void> DirectoryCursor::descend(int from_fd, std::string_view from, std::string_view to) {
  const std::size_t begin = from.empty() ? 0 : from.size() + 1;
  if (missing_ == Missing::fail) {
    VC_TRY(UniqueFd fd, open_beneath(from_fd, to.substr(begin), O_RDONLY | O_DIRECTORY));
    levels_.push_back({.path = std::string(to), .fd = std::move(fd)});
    return {};
  }
  for (std::size_t end = begin; end < to.size();) {
    const std::size_t start = end == begin ? begin : end + 1;
    end = std::min(to.find('/', start), to.size());
    const std::string name(to.substr(start, end - start));
    if (::mkdirat(from_fd, name.c_str(), 0777) != 0 && errno != EEXIST) {
      return path_error("create directory", to);
    }
    UniqueFd fd(openat_retrying(from_fd, name.c_str(), kDirectoryFlags));
    if (!fd.valid()) {
      return path_error("open", to);
    }
    from_fd = fd.get();
    levels_.push_back({.path = std::string(to.substr(0, end)), .fd = std::move(fd)});
  }
  return {};
}

Result<std::vector<DirectoryEntry>> list_directory(int fd) {
  static thread_local DirectoryListing listing;  // For its buffer.
  if (::lseek(fd, 0, SEEK_SET) < 0) {
    return std::unexpected(errno_error("rewind a directory"));
  }
  VC_CHECK(listing.read(fd));
  std::vector<DirectoryEntry> entries;
  entries.reserve(listing.entries().size());
  for (const DirectoryListing::Entry& entry : listing.entries()) {
    FileKind kind = entry.kind;
    if (kind == FileKind::unknown) {
      struct stat status{};
      if (::fstatat(fd, entry.name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        continue;  // Gone since.
      }
      kind = kind_of_mode(status.st_mode);
    }
    entries.push_back({.name = std::string(entry.text()), .kind = kind});
  }
  return entries;
}

Result<std::string> link_target(int directory_fd, const std::string& name) {
  std::string target(kOutputPathBytesMax + 1, '\0');
  const ssize_t length = ::readlinkat(directory_fd, name.c_str(), target.data(), target.size());
  if (length < 0) {
    return path_error("read link", name);
  }
  target.resize(static_cast<std::size_t>(length));
  return target;
}

Result<void> remove_tree(int directory_fd, const std::string& name) {
  if (::unlinkat(directory_fd, name.c_str(), 0) == 0 || errno == ENOENT) {
    return {};
  }
  if (errno != EISDIR) {
    return path_error("remove", name);
  }
  {
    const UniqueFd fd(openat_retrying(directory_fd, name.c_str(), kDirectoryFlags));
    if (!fd.valid()) {
      return errno == ENOENT ? Result<void>{} : path_error("open", name);
    }
    struct stat status{};
    if (::fstat(fd.get(), &status) == 0 && (status.st_mode & S_IWUSR) == 0) {
      ::fchmod(fd.get(), (status.st_mode & 07777) | S_IRWXU);
    }
    VC_TRY(const auto entries, list_directory(fd.get()));
    for (const DirectoryEntry& entry : entries) {
      VC_CHECK(remove_tree(fd.get(), entry.name));
    }
  }
  if (::unlinkat(directory_fd, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT ||
      errno == EBUSY) {
    return {};
  }
  return path_error("remove directory", name);
}

}  // namespace vc::agent
