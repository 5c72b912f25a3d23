#include "core/directory_listing.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace vc {

namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
// The kernel fills as much as fits; less room than this is not worth a system call.
constexpr std::size_t kRoomMin = 4 << 10;

FileKind kind_of_type(unsigned char type) {
  switch (type) {
    case DT_REG:
      return FileKind::regular;
    case DT_LNK:
      return FileKind::symlink;
    case DT_DIR:
      return FileKind::directory;
    case DT_UNKNOWN:
      return FileKind::unknown;
    default:
      return FileKind::other;
  }
}

}  // namespace

FileKind kind_of_mode(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileKind::regular;
    case S_IFLNK:
      return FileKind::symlink;
    case S_IFDIR:
      return FileKind::directory;
    default:
      return FileKind::other;
  }
}

Result<void> DirectoryListing::read(int directory_fd) {
  entries_.clear();
  if (buffer_.empty()) {
    buffer_.resize(kBufferBytes);
  }
  std::size_t filled = 0;
  while (true) {
    if (buffer_.size() - filled < kRoomMin) {
      buffer_.resize(buffer_.size() * 2);
    }
    const long got =
        ::syscall(SYS_getdents64, directory_fd, buffer_.data() + filled, buffer_.size() - filled);
    if (got < 0) {
      return std::unexpected(errno_error("read the directory"));
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  parse(filled);
  return {};
}

bool DirectoryListing::contains(std::string_view name) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) { return entry.text() == name; });
}

// Only once the buffer has stopped moving: the entries point into it.
void DirectoryListing::parse(std::size_t bytes) {
  for (std::size_t at = 0; at < bytes;) {
    const auto* const record = reinterpret_cast<const dirent64*>(buffer_.data() + at);
    at += record->d_reclen;
    const std::string_view name(record->d_name);
    if (name != "." && name != "..") {
      entries_.push_back({record->d_name, name.size(), kind_of_type(record->d_type)});
    }
  }
}

}  // namespace vc
