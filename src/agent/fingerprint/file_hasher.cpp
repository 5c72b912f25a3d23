#include "agent/fingerprint/file_hasher.hpp"

#include "core/fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vc::agent {

namespace {

constexpr std::size_t kReadBufferBytes = 64 << 10;

std::unexpected<Error> replaced(const std::string& path) {
  return fail(Errc::conflict, path + " was replaced while it was being read", "run again");
}

}  // namespace

FileHasher::FileHasher() : buffer_(kReadBufferBytes) {}

Result<std::optional<HashedFile>> FileHasher::hash(int root_fd, const std::string& path,
                                                   FileIndex& index) {
  const UniqueFd fd(
      ::openat(root_fd, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    return errno == ELOOP ? replaced(path) : std::unexpected(errno_error("open " + path));
  }
  struct stat before{};
  struct stat after{};
  if (::fstat(fd.get(), &before) != 0) {
    return std::unexpected(errno_error("stat " + path));
  }
  if (!S_ISREG(before.st_mode)) {
    return replaced(path);
  }
  VC_TRY(const Digest digest, read_to_end(fd.get(), path));
  const FileStamp stamp = FileStamp::of(before);
  if (::fstat(fd.get(), &after) == 0 && FileStamp::of(after) == stamp) {
    index.record(path, after, digest);
  }
  return HashedFile{.stamp = stamp, .digest = digest};
}

Result<Digest> FileHasher::read_to_end(int fd, const std::string& path) {
  while (true) {
    const ssize_t got = ::read(fd, buffer_.data(), buffer_.size());
    if (got < 0) {
      if (errno == EINTR) {
        continue;
      }
      const int error_number = errno;
      hasher_.finish();
      return std::unexpected(errno_error("read " + path, error_number));
    }
    const auto count = static_cast<std::size_t>(got);
    hasher_.update(ByteView(buffer_).first(count));
    if (count < buffer_.size()) {  // A regular file gives less than asked for only at its end.
      return hasher_.finish();
    }
  }
}

}  // namespace vc::agent
