#include "agent/task_lock.hpp"

#include "agent/state_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace vc::agent {

namespace {

// flock(2) cannot be waited for together with a stop request, so the lock is asked for again and
// again: soon at first, then at a pace that costs nothing.
constexpr std::chrono::milliseconds kFirstPause{2};
constexpr std::chrono::milliseconds kLongestPause{100};

// false: somebody has it.
Result<bool> try_lock(int fd, const fs::path& file) {
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return false;
    }
    if (errno != EINTR) {
      return std::unexpected(errno_error("lock " + file.native())
                                 .with_hint("locks must work on the file system of .velocity"));
    }
  }
  return true;
}

// Whether the locked file is still the one everybody else would open: `velocity clean` may have
// removed it between our open and our lock.
bool still_named(int fd, const fs::path& file) {
  struct stat ours{};
  struct stat named{};
  return ::fstat(fd, &ours) == 0 && ::stat(file.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

// nullopt: not now.
Result<std::optional<UniqueFd>> try_acquire(const fs::path& state_directory, const fs::path& file) {
  auto fd = open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW);
  if (!fd && fd.error().code == Errc::not_found) {
    VC_CHECK(make_state_directory(state_directory, "locks"));
    fd = open_file(file, O_RDWR | O_CREAT | O_NOFOLLOW);
  }
  if (!fd) {
    return std::unexpected(std::move(fd).error());
  }
  VC_TRY(const bool locked, try_lock(fd->get(), file));
  if (!locked || !still_named(fd->get(), file)) {
    return std::nullopt;
  }
  return *std::move(fd);
}

// Returns early when a stop is requested.
void pause(std::chrono::milliseconds duration, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace

Result<TaskLock> TaskLock::acquire(const fs::path& state_directory, std::string_view label,
                                   const std::stop_token& stop) {
  const fs::path file = state_directory / "locks" / state_name(label);
  bool waited = false;
  for (auto next_pause = kFirstPause;; next_pause = std::min(next_pause * 2, kLongestPause)) {
    VC_TRY(std::optional<UniqueFd> fd, try_acquire(state_directory, file));
    if (fd) {
      return TaskLock(*std::move(fd), waited);
    }
    if (stop.stop_requested()) {
      return fail(Errc::canceled, "stopped while another process works on " + std::string(label));
    }
    waited = true;
    pause(next_pause, stop);
  }
}

}  // namespace vc::agent
