#include "agent/trace/trace_supervisor.hpp"

#include "core/files.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <string>
#include <utility>

// Linux 6.6: the process that waits and the thread that answers hand the processor to each other,
// instead of waking up on two.
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

namespace vc::agent {

namespace {

std::uint64_t ticks_since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return static_cast<std::uint64_t>(now.tv_sec) * per_second +
         static_cast<std::uint64_t>(now.tv_nsec) * per_second / 1'000'000'000;
}

// proc_pid_stat(5), field 22; nullopt when there is no such thread, or only a zombie.
std::optional<std::uint64_t> start_of(pid_t thread) {
  const auto text = read_file(fmt::format("/proc/{}/stat", thread), 4096);
  if (!text) {
    return std::nullopt;
  }
  std::string_view rest(*text);
  rest.remove_prefix(std::min(rest.rfind(')'), rest.size()));  // The name may hold anything.
  constexpr int kFieldsBetween = 20;
  for (int field = 0; field < kFieldsBetween; ++field) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
    if (rest.starts_with(" Z") || rest.empty()) {
      return std::nullopt;
    }
    rest.remove_prefix(1);
  }
  std::uint64_t ticks = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), ticks);
  return ticks;
}

}  // namespace

Result<std::unique_ptr<TraceSupervisor>> TraceSupervisor::start(UniqueFd listener, AccessLog& log) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("pipe for a trace"));
  }
  // An older kernel says EINVAL or ENOTTY; it is slower, nothing else.
  ::ioctl(listener.get(), SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
  return std::unique_ptr<TraceSupervisor>(
      new TraceSupervisor(std::move(listener), UniqueFd(ends[0]), UniqueFd(ends[1]), log));
}

TraceSupervisor::TraceSupervisor(UniqueFd listener, UniqueFd wake_read, UniqueFd wake_write,
                                 AccessLog& log)
    : listener_(std::move(listener)),
      wake_read_(std::move(wake_read)),
      wake_write_(std::move(wake_write)),
      log_(log),
      thread_([this] { work(); }) {}

TraceSupervisor::~TraceSupervisor() {
  wake_write_.reset();
}

void TraceSupervisor::work() {
  ::prctl(PR_SET_NAME, "velocity-trace");
  while (true) {
    std::array<pollfd, 2> set{pollfd{.fd = listener_.get(), .events = POLLIN},
                              pollfd{.fd = wake_read_.get(), .events = POLLIN}};
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) {
      return;
    }
    if ((set[0].revents & POLLIN) != 0) {
      if (!answer_one()) {
        return;
      }
    } else if (set[0].revents != 0 || set[1].revents != 0) {
      return;  // Nobody is left who could ask; or we are to end.
    }
  }
}

bool TraceSupervisor::answer_one() {
  seccomp_notif notification{};
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &notification) != 0) {
    return errno == ENOENT || errno == EINTR || errno == EAGAIN;  // It was killed meanwhile.
  }
  if (is_noting_) {
    look_at(notification);
  }
  seccomp_notif_resp response{
      .id = notification.id, .val = 0, .error = 0, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
  while (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &response) != 0 && errno == EINTR) {
  }
  return true;
}

void TraceSupervisor::look_at(const seccomp_notif& notification) {
  {
    const std::scoped_lock lock(mutex_);
    last_seen_[static_cast<pid_t>(notification.pid)] = ticks_since_boot();
  }
  const TracedCall* call = find_traced_call(notification.data.nr);
  if (call == nullptr) {
    return;
  }
  const auto meaning = read_call(notification, *call);
  // Were it gone, its number could belong to another process, whose memory we have read.
  if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_ID_VALID, &notification.id) != 0) {
    return;
  }
  if (meaning) {
    log_.note(*meaning);
  } else {
    log_.note_unreadable();
  }
}

std::vector<pid_t> TraceSupervisor::survivors() {
  const std::scoped_lock lock(mutex_);
  std::vector<pid_t> out;
  for (const auto& [thread, seen] : last_seen_) {
    const auto start = start_of(thread);
    if (start && *start <= seen) {  // Later: the number is somebody else's by now.
      out.push_back(thread);
    }
  }
  return out;
}

}  // namespace vc::agent
