#include "core/files.hpp"

#include "core/digest.hpp"
#include "core/random.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace vc {

namespace {

constexpr std::size_t kReadBlockBytes = 64 << 10;
constexpr std::size_t kTemporarySuffixBytes = 8;

std::string doing(std::string_view verb, const fs::path& path) {
  return std::string(verb) + " " + path.native();
}

std::unexpected<Error> errno_failure(std::string_view verb, const fs::path& path) {
  return std::unexpected(errno_error(doing(verb, path)));
}

Result<void> sync(int fd, const fs::path& path) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) {
      return errno_failure("fsync", path);
    }
  }
  return {};
}

Result<void> sync_directory(const fs::path& directory) {
  VC_TRY(const UniqueFd fd, open_file(directory, O_RDONLY | O_DIRECTORY));
  return sync(fd.get(), directory);
}

// A relative file name without directory lies in ".".
fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

Result<void> make_directories(const fs::path& path, mode_t mode, Durability durability) {
  if (::mkdir(path.c_str(), mode) != 0) {
    if (errno == ENOENT && path.has_relative_path() && parent_of(path) != path) {
      VC_CHECK(make_directories(parent_of(path), mode, durability));
      if (::mkdir(path.c_str(), mode) == 0) {
        return durability == Durability::fsync ? sync_directory(parent_of(path)) : Result<void>{};
      }
    }
    struct stat status{};
    if (errno == EEXIST && ::stat(path.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode)) {
        return {};
      }
      errno = ENOTDIR;  // Says what is wrong; "File exists" does not.
    }
    return errno_failure("create directory", path);
  }
  return durability == Durability::fsync ? sync_directory(parent_of(path)) : Result<void>{};
}

// Removes the temporary file unless it was renamed into place.
class TemporaryFile {
 public:
  explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;

  ~TemporaryFile() {
    if (!path_.empty()) {
      ::unlink(path_.c_str());
    }
  }

  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

// close() is where NFS reports what write() could not.
Result<void> close_checked(UniqueFd fd, const fs::path& path) {
  if (::close(fd.release()) != 0 && errno != EINTR) {
    return errno_failure("close", path);
  }
  return {};
}

}  // namespace

Result<UniqueFd> open_file(const fs::path& path, int flags, mode_t mode) {
  for (;;) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (fd.valid()) {
      return fd;
    }
    if (errno != EINTR) {
      return errno_failure("open", path);
    }
  }
}

Result<std::size_t> read_up_to(int fd, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(fd, bytes.data() + done, bytes.size() - done);
    if (count == 0) {
      break;
    }
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(errno_error("read"));
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<std::size_t> pread_up_to(int fd, std::span<std::byte> bytes, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count =
        ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (count == 0) {
      break;
    }
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(errno_error("read"));
    }
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return std::unexpected(errno_error("write"));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::string> read_file(const fs::path& path, std::uint64_t bytes_max) {
  VC_TRY(const UniqueFd fd, open_file(path, O_RDONLY));
  std::string content;
  struct stat status{};
  if (::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode)) {
    content.reserve(std::min(static_cast<std::uint64_t>(status.st_size), bytes_max) + 1);
  }
  // The size is only a hint: pipes and /proc have none, and the file may grow meanwhile.
  std::array<std::byte, kReadBlockBytes> block;
  for (;;) {
    auto count = read_up_to(fd.get(), block);
    if (!count) {
      return std::unexpected(std::move(count).error().within(path.native()));
    }
    if (*count > bytes_max - content.size()) {
      return fail(Errc::too_large,
                  doing("read", path) + ": more than " + std::to_string(bytes_max) + " bytes");
    }
    content += as_text(ByteView(block).first(*count));
    if (*count < block.size()) {
      return content;
    }
  }
}

Result<std::optional<std::string>> read_file_if_exists(const fs::path& path,
                                                       std::uint64_t bytes_max) {
  auto content = read_file(path, bytes_max);
  if (content) {
    return *std::move(content);
  }
  if (content.error().code == Errc::not_found) {
    return std::nullopt;
  }
  return std::unexpected(std::move(content).error());
}

Result<void> make_directories(const fs::path& path, mode_t mode) {
  return make_directories(path, mode, Durability::none);
}

Result<void> write_file_atomically(const fs::path& path, std::string_view content,
                                   Durability durability, mode_t mode) {
  const fs::path directory = parent_of(path);
  const fs::path temporary_path =
      directory / (std::string(kTemporaryPrefix) + hex_encode(random_bytes(kTemporarySuffixBytes)));
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  auto fd = open_file(temporary_path, kFlags, mode);
  if (!fd && fd.error().code == Errc::not_found) {
    VC_CHECK(make_directories(directory, 0755, durability));
    fd = open_file(temporary_path, kFlags, mode);
  }
  if (!fd) {
    return std::unexpected(std::move(fd).error().within(doing("write", path)));
  }
  TemporaryFile temporary(temporary_path);
  if (auto written = write_all(fd->get(), as_bytes(content)); !written) {
    return std::unexpected(std::move(written).error().within(path.native()));
  }
  if (durability == Durability::fsync) {
    VC_CHECK(sync(fd->get(), path));
  }
  VC_CHECK(close_checked(*std::move(fd), path));
  if (std::rename(temporary_path.c_str(), path.c_str()) != 0) {
    return errno_failure("rename a temporary file to", path);
  }
  temporary.keep();
  return durability == Durability::fsync ? sync_directory(directory) : Result<void>{};
}

Result<Digest> digest_of_file(int fd) {
  std::array<std::byte, kReadBlockBytes> block;
  Hasher hasher;
  for (std::uint64_t offset = 0;;) {
    VC_TRY(const std::size_t count, pread_up_to(fd, block, offset));
    hasher.update(ByteView(block).first(count));
    offset += count;
    if (count < block.size()) {
      return hasher.finish();
    }
  }
}

}  // namespace vc
