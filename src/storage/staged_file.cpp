#include "storage/staged_file.hpp"

#include "core/bytes.hpp"
#include "core/signature.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace vc::storage {

namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kNameRandomBytes = 12;

std::string staging_name() {
  return std::string(kStagingPrefix) + hex_encode(random_bytes(kNameRandomBytes));
}

// A name that was taken by chance is as unlikely as a guessed key, so it is an error like others.
Result<UniqueFd> open_staged(int directory_fd, const std::string& name) {
  UniqueFd fd(name.empty() ? ::openat(directory_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, kMode)
                           : ::openat(directory_fd, name.c_str(),
                                      O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, kMode));
  if (!fd.valid()) {
    return std::unexpected(errno_error("create a staging file"));
  }
  return fd;
}

// Whether files staged this way can be published, and published only once.
Result<void> try_staging(int directory_fd, Staging staging) {
  VC_TRY(const StagedFile file, StagedFile::create(directory_fd, staging));
  const std::string name = staging_name();
  VC_TRY(const Stored first, file.link_to(directory_fd, name));
  const auto second = file.link_to(directory_fd, name);
  ::unlinkat(directory_fd, name.c_str(), 0);
  VC_CHECK(second);
  if (first != Stored::created || *second != Stored::exists) {
    return fail(Errc::io, "link a file twice under one name: it did not fail");
  }
  return {};
}

}  // namespace

Result<StagedFile> StagedFile::create(int directory_fd, Staging staging) {
  std::string name = staging == Staging::named ? staging_name() : std::string();
  VC_TRY(UniqueFd fd, open_staged(directory_fd, name));
  return StagedFile(std::move(fd), directory_fd, std::move(name));
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      directory_fd_(other.directory_fd_),
      name_(std::exchange(other.name_, {})) {}

StagedFile::~StagedFile() {
  if (!name_.empty()) {
    ::unlinkat(directory_fd_, name_.c_str(), 0);
  }
}

Result<Stored> StagedFile::link_to(int directory_fd, const std::string& name) const {
  // AT_EMPTY_PATH would spare the detour by /proc, but asks for CAP_DAC_READ_SEARCH before
  // Linux 6.10.
  const std::string unnamed = "/proc/self/fd/" + std::to_string(fd_.get());
  const int linked =
      name_.empty()
          ? ::linkat(AT_FDCWD, unnamed.c_str(), directory_fd, name.c_str(), AT_SYMLINK_FOLLOW)
          : ::linkat(directory_fd_, name_.c_str(), directory_fd, name.c_str(), 0);
  if (linked == 0) {
    return Stored::created;
  }
  if (errno == EEXIST) {
    return Stored::exists;
  }
  return std::unexpected(errno_error("link a staging file"));
}

Result<void> StagedFile::replace(int directory_fd, const std::string& name) {
  if (name_.empty()) {  // rename(2) needs a name to rename from.
    std::string interim = staging_name();
    VC_CHECK(link_to(directory_fd_, interim));
    name_ = std::move(interim);
  }
  if (::renameat(directory_fd_, name_.c_str(), directory_fd, name.c_str()) != 0) {
    return std::unexpected(errno_error("rename a staging file"));
  }
  name_.clear();
  return {};
}

Result<void> sync_to_disk(int fd, std::string_view what) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) {
      return std::unexpected(errno_error(std::string("sync ").append(what)));
    }
  }
  return {};
}

Result<Staging> probe_staging(int directory_fd) {
  if (try_staging(directory_fd, Staging::unnamed)) {
    return Staging::unnamed;
  }
  const auto named = try_staging(directory_fd, Staging::named);
  if (named || named.error().code == Errc::no_space) {
    return Staging::named;
  }
  return std::unexpected(Error(named.error()).within("this file system has no exclusive link(2)"));
}

}  // namespace vc::storage
