#include "agent/trace/notified_call.hpp"

#include <climits>
#include <fmt/format.h>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace vc::agent {

namespace {

constexpr std::uint64_t kPageBytes = 4096;  // Smaller than real pages does no harm.
constexpr std::string_view kDeleted = " (deleted)";

// Without `.` and empty names. A relative path may have almost PATH_MAX bytes; the absolute one has
// to be short enough for us.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!name.empty() && name != ".") {
      out.append("/").append(name);
    }
  }
  return out;
}

// A process that waits in a call, by the number of the thread that made it.
class WaitingProcess {
 public:
  explicit WaitingProcess(pid_t thread) : thread_(thread) {}

  // False: may not be read. Bytes that are not there leave `count` at 0.
  bool read(std::uint64_t address, void* into, std::size_t bytes, std::size_t& count) const {
    const iovec local{.iov_base = into, .iov_len = bytes};
    // NOLINTNEXTLINE(performance-no-int-to-ptr): an address of the other process.
    const iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = bytes};
    const ssize_t got = ::process_vm_readv(thread_, &local, 1, &remote, 1, 0);
    count = got > 0 ? static_cast<std::size_t>(got) : 0;
    return got >= 0 || errno == EFAULT;
  }

  // nullopt: may not be read. "" when there is no string, or none the kernel would take.
  std::optional<std::string> string_at(std::uint64_t address) const {
    std::array<char, kPageBytes> page{};
    std::string out;
    while (address != 0 && out.size() < PATH_MAX) {
      // To the end of the page: what follows may not be mapped.
      const std::size_t wanted = kPageBytes - address % kPageBytes;
      std::size_t count = 0;
      if (!read(address, page.data(), wanted, count)) {
        return std::nullopt;
      }
      if (count == 0) {
        return "";
      }
      const std::string_view text(page.data(), count);
      const std::size_t end = text.find('\0');
      out += text.substr(0, end);
      if (end != std::string_view::npos) {
        return out.size() < PATH_MAX ? out : "";
      }
      address += count;
    }
    return "";
  }

  // Where a relative path begins; "" when that directory is deleted; nullopt: may not be read.
  std::optional<std::string> directory(int descriptor) const {
    const std::string link = descriptor == AT_FDCWD
                                 ? fmt::format("/proc/{}/cwd", thread_)
                                 : fmt::format("/proc/{}/fd/{}", thread_, descriptor);
    std::array<char, PATH_MAX> target{};
    const ssize_t bytes = ::readlink(link.c_str(), target.data(), target.size());
    if (bytes < 0) {
      // A descriptor that is not open makes the call itself fail.
      return errno == ENOENT && descriptor != AT_FDCWD ? std::optional<std::string>("")
                                                       : std::nullopt;
    }
    std::string path(target.data(), static_cast<std::size_t>(bytes));
    struct stat status{};
    if (!path.starts_with('/') ||
        (path.ends_with(kDeleted) && ::lstat(path.c_str(), &status) != 0)) {
      return "";  // A pipe, a socket, or gone.
    }
    return path;
  }

  std::optional<std::string> path_at(std::uint64_t address, int descriptor) const {
    auto path = string_at(address);
    if (!path || path->empty() || path->starts_with('/')) {
      return path;
    }
    const auto base = directory(descriptor);
    if (!base) {
      return std::nullopt;
    }
    if (base->empty()) {
      return "";
    }
    std::string joined = *base + "/" + *path;
    return joined.size() < PATH_MAX ? joined : without_dots(joined);
  }

 private:
  pid_t thread_;
};

std::uint64_t argument(const seccomp_notif& notification, int index) {
  return notification.data.args[static_cast<std::size_t>(index)];
}

int descriptor_of(const seccomp_notif& notification, int index) {
  return index == TracedCall::kNone ? AT_FDCWD : static_cast<int>(argument(notification, index));
}

}  // namespace

std::optional<NotifiedCall> read_call(const seccomp_notif& notification, const TracedCall& call) {
  const WaitingProcess process(static_cast<pid_t>(notification.pid));
  NotifiedCall out{.kind = call.kind, .path = {}, .second_path = {}};
  if (call.kind == CallKind::list) {
    auto directory = process.directory(descriptor_of(notification, call.directory));
    if (!directory) {
      return std::nullopt;
    }
    out.path = *std::move(directory);
    return out;
  }
  auto path = process.path_at(argument(notification, call.path),
                              descriptor_of(notification, call.directory));
  if (!path) {
    return std::nullopt;
  }
  out.path = *std::move(path);
  if (call.second_path != TracedCall::kNone) {
    auto second = process.path_at(argument(notification, call.second_path),
                                  descriptor_of(notification, call.second_directory));
    if (!second) {
      return std::nullopt;
    }
    out.second_path = *std::move(second);
  }
  if (call.kind == CallKind::open_how) {
    std::size_t count = 0;
    // `flags` is the first member of struct open_how.
    static_cast<void>(
        process.read(argument(notification, call.flags), &out.flags, sizeof out.flags, count));
    out.kind = CallKind::open;
  } else if (call.flags != TracedCall::kNone) {
    out.flags = static_cast<std::uint32_t>(argument(notification, call.flags));
  } else if (call.kind == CallKind::open) {
    out.flags = O_CREAT | O_WRONLY | O_TRUNC;
  }
  return out;
}

}  // namespace vc::agent
