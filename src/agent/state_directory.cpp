#include "agent/state_directory.hpp"

#include "agent/beneath.hpp"
#include "core/digest.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vc::agent {

Result<void> hide_from_git(const fs::path& directory) {
  const fs::path file = directory / ".gitignore";
  struct stat status{};
  if (::lstat(file.c_str(), &status) == 0) {
    return {};
  }
  return write_file_atomically(file, kHideAllFromGit);
}

Result<void> make_state_directory(const fs::path& state_directory) {
  VC_CHECK(make_directories(state_directory));
  return hide_from_git(state_directory);
}

Result<void> make_state_directory(const fs::path& state_directory, std::string_view below) {
  const fs::path path = state_directory / below;
  // Asked first: to find that it exists, mkdir(2) takes a lock that other threads wait for.
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return {};
  }
  if (::mkdir(path.c_str(), 0777) != 0) {
    if (errno == EEXIST) {
      return {};
    }
    VC_CHECK(make_directories(path));
  }
  return hide_from_git(state_directory);
}

void sweep_temporaries(const fs::path& directory, TimePoint now) {
  const auto fd = open_file(directory, O_RDONLY | O_DIRECTORY);
  const auto entries = fd ? list_directory(fd->get()) : std::unexpected(fd.error());
  if (!entries) {
    return;
  }
  for (const DirectoryEntry& entry : *entries) {
    struct stat status{};
    if (entry.kind == FileKind::regular && entry.name.starts_with(kTemporaryPrefix) &&
        ::fstatat(fd->get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        now - TimePoint(std::chrono::seconds(status.st_mtim.tv_sec)) > kTemporaryAgeMax) {
      ::unlinkat(fd->get(), entry.name.c_str(), 0);
    }
  }
}

std::string state_name(std::string_view label) {
  return sha256(label).hex();
}

}  // namespace vc::agent
