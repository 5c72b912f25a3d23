// on_small_disk: runs part of a test where a directory is a real file system of a few KiB.
//
// The body runs in a child process with a mount namespace of its own, so that nothing stays mounted
// whatever happens. Its EXPECTs print as usual; the result says whether any failed.
#pragma once

#include "core/files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <string>

namespace vc {

enum class SmallDiskRun { passed, failed, not_permitted };

// Root needs only the mount namespace; everybody else first becomes root of a user namespace.
inline bool enter_mount_namespace() {
  const auto user = std::to_string(::getuid());
  const auto group = std::to_string(::getgid());
  if (::unshare(CLONE_NEWNS) == 0) {
    return true;
  }
  const auto write_map = [](const char* path, const std::string& text) {
    const auto fd = open_file(path, O_WRONLY);
    return fd && write_all(fd->get(), as_bytes(text)).has_value();
  };
  return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_map("/proc/self/setgroups", "deny") &&
         write_map("/proc/self/uid_map", "0 " + user + " 1") &&
         write_map("/proc/self/gid_map", "0 " + group + " 1");
}

inline SmallDiskRun on_small_disk(const fs::path& directory, std::size_t size_bytes,
                                  const std::function<void()>& body) {
  constexpr int kFailed = 1;
  constexpr int kNotPermitted = 2;
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string options = "size=" + std::to_string(size_bytes);
    if (!enter_mount_namespace() ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()) != 0) {
      ::_exit(kNotPermitted);
    }
    body();
    std::fflush(nullptr);
    ::_exit(testing::Test::HasFailure() ? kFailed : 0);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
    return SmallDiskRun::failed;
  }
  switch (WEXITSTATUS(status)) {
    case 0:
      return SmallDiskRun::passed;
    case kNotPermitted:
      return SmallDiskRun::not_permitted;
    default:
      return SmallDiskRun::failed;
  }
}

}  // namespace vc
