#include "agent/prune/copy_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

namespace vc::agent {

namespace {

constexpr std::size_t kCopyBytes = 128 << 10;

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

}  // namespace

Result<void> FileCopier::copy(const SourceEntry& entry, std::string_view prefix) {
  const std::string to = std::string(prefix) + entry.path;
  switch (entry.kind) {
    case FileKind::directory:
      return make_directory(to);
    case FileKind::symlink:
      return copy_link(entry.path, to);
    default:
      return copy_file(entry.path, to);
  }
}

Result<void> FileCopier::write(const std::string& path, std::string_view content) {
  VC_TRY(const UniqueFd file, create(path, 0644));
  return write_all(file.get(), as_bytes(content));
}

Result<UniqueFd> FileCopier::create(const std::string& to, unsigned mode) {
  VC_TRY(const int parent, cursor_.parent_of(to));
  const std::string name = last_name(to);
  if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) {
    return std::unexpected(errno_error("replace " + to));
  }
  UniqueFd file(
      ::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!file.valid()) {
    return std::unexpected(errno_error("create " + to));
  }
  return file;
}

Result<void> FileCopier::copy_file(const std::string& from, const std::string& to) {
  VC_TRY(const UniqueFd source, open_beneath(from_fd_, from, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status{};
  if (::fstat(source.get(), &status) != 0) {
    return std::unexpected(errno_error("read " + from));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::io, from + " is no file any more");
  }
  VC_TRY(const UniqueFd file, create(to, status.st_mode & 0777U));
  if (::fchmod(file.get(), status.st_mode & 0777U) != 0) {
    return std::unexpected(errno_error("set the permissions of " + to));
  }
  std::vector<std::byte> buffer(kCopyBytes);
  while (true) {
    auto got = read_up_to(source.get(), buffer);
    if (!got) {
      return std::unexpected(std::move(got).error().within("read " + from));
    }
    if (auto written = write_all(file.get(), ByteView(buffer).first(*got)); !written) {
      return std::unexpected(std::move(written).error().within("write " + to));
    }
    if (*got < buffer.size()) {
      return {};
    }
  }
}

Result<void> FileCopier::copy_link(const std::string& from, const std::string& to) {
  const std::size_t slash = from.rfind('/');
  VC_TRY(const UniqueFd directory,
         open_beneath(from_fd_, slash == std::string::npos ? "." : from.substr(0, slash),
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  VC_TRY(const std::string target, link_target(directory.get(), last_name(from)));
  VC_TRY(const int parent, cursor_.parent_of(to));
  const std::string name = last_name(to);
  if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) {
    return std::unexpected(errno_error("replace " + to));
  }
  if (::symlinkat(target.c_str(), parent, name.c_str()) != 0) {
    return std::unexpected(errno_error("create the link " + to));
  }
  return {};
}

Result<void> FileCopier::make_directory(const std::string& to) {
  VC_TRY(const int parent, cursor_.parent_of(to));
  if (::mkdirat(parent, last_name(to).c_str(), 0777) != 0 && errno != EEXIST) {
    return std::unexpected(errno_error("create " + to));
  }
  return {};
}

}  // namespace vc::agent
