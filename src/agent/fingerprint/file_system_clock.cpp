#include "agent/fingerprint/file_system_clock.hpp"

#include "agent/file_index.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace vc::agent {

namespace {

UniqueFd open_nameless(const fs::path& directory) {
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) {
    return fd;
  }
  // Network and some overlay file systems know no O_TMPFILE.
  std::string name = (directory / ".clock-XXXXXX").string();
  fd.reset(::mkostemp(name.data(), O_CLOEXEC));
  if (fd.valid()) {
    ::unlink(name.c_str());
  }
  return fd;
}

}  // namespace

std::optional<FileSystemTime> sample_file_system_clock(const fs::path& directory) {
  const UniqueFd fd = open_nameless(directory);
  struct stat status{};
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) {
    return std::nullopt;
  }
  return FileSystemTime{.ns = FileStamp::of(status).mtime_ns, .device = status.st_dev};
}

}  // namespace vc::agent
