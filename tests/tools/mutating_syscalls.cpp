#include "mutating_syscalls.hpp"

#include <climits>

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

namespace vc::tools {

namespace {

constexpr int kNone = -1;

// Where a call has its file: a descriptor, or a path with or without a directory descriptor.
struct Entry {
  std::uint64_t number;
  const char* name;
  int fd_at = kNone;
  int path_at = kNone;
  int flags_at = kNone;  // Counted only with O_CREAT, O_TRUNC or O_TMPFILE.
};

// aarch64 has only the calls with a directory descriptor.
constexpr auto kTable = std::to_array<Entry>({
    {SYS_openat, "openat", 0, 1, 2},
    {SYS_write, "write", 0},
    {SYS_pwrite64, "pwrite64", 0},
    {SYS_writev, "writev", 0},
    {SYS_pwritev, "pwritev", 0},
    {SYS_pwritev2, "pwritev2", 0},
    {SYS_sendfile, "sendfile", 0},
    {SYS_copy_file_range, "copy_file_range", 2},
    {SYS_splice, "splice", 2},
    {SYS_fallocate, "fallocate", 0},
    {SYS_ftruncate, "ftruncate", 0},
    {SYS_truncate, "truncate", kNone, 0},
    {SYS_fsync, "fsync", 0},
    {SYS_fdatasync, "fdatasync", 0},
    {SYS_linkat, "linkat", 2, 3},
    {SYS_renameat2, "renameat2", 2, 3},
    {SYS_unlinkat, "unlinkat", 0, 1},
    {SYS_mkdirat, "mkdirat", 0, 1},
    {SYS_symlinkat, "symlinkat", 1, 2},
    {SYS_fchmod, "fchmod", 0},
    {SYS_fchmodat, "fchmodat", 0, 1},
    {SYS_utimensat, "utimensat", 0, 1},
    {SYS_flock, "flock", 0},
#ifdef SYS_fchmodat2
    {SYS_fchmodat2, "fchmodat2", 0, 1},
#endif
#ifdef SYS_renameat
    {SYS_renameat, "renameat", 2, 3},
#endif
#ifdef SYS_open
    {SYS_open, "open", kNone, 0, 1},
    {SYS_creat, "creat", kNone, 0},
    {SYS_link, "link", kNone, 1},
    {SYS_rename, "rename", kNone, 1},
    {SYS_unlink, "unlink", kNone, 0},
    {SYS_mkdir, "mkdir", kNone, 0},
    {SYS_rmdir, "rmdir", kNone, 0},
    {SYS_symlink, "symlink", kNone, 1},
    {SYS_chmod, "chmod", kNone, 0},
    {SYS_utime, "utime", kNone, 0},
    {SYS_utimes, "utimes", kNone, 0},
    {SYS_futimesat, "futimesat", 0, 1},
#endif
});

// Its flags are in memory, not in a register: struct open_how begins with them.
constexpr std::uint64_t kOpenat2 = SYS_openat2;

bool read_memory(pid_t tid, std::uint64_t address, void* out, std::size_t bytes) {
  iovec local{.iov_base = out, .iov_len = bytes};
  iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = bytes};
  return ::process_vm_readv(tid, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

std::string read_string(pid_t tid, std::uint64_t address) {
  std::string text;
  std::array<char, 64> chunk;
  while (text.size() < PATH_MAX) {
    const std::size_t wanted = chunk.size() - address % chunk.size();  // Never crosses a page.
    if (!read_memory(tid, address, chunk.data(), wanted)) {
      return {};
    }
    const auto end = std::find(chunk.begin(), chunk.begin() + wanted, '\0');
    text.append(chunk.begin(), end);
    if (end != chunk.begin() + wanted) {
      return text;
    }
    address += wanted;
  }
  return {};
}

bool can_create(std::uint64_t flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

const Entry* find(std::uint64_t number) {
  const auto* entry = std::ranges::find(kTable, number, &Entry::number);
  return entry == kTable.end() ? nullptr : entry;
}

std::string read_link(const std::string& path) {
  std::error_code failed;
  return std::filesystem::read_symlink(path, failed).string();
}

std::string directory_path(pid_t tid, int fd) {
  const std::string process = "/proc/" + std::to_string(tid);
  return read_link(fd == AT_FDCWD ? process + "/cwd" : process + "/fd/" + std::to_string(fd));
}

std::string resolve(pid_t tid, int fd, std::uint64_t path_address) {
  const std::string path = path_address == 0 ? "" : read_string(tid, path_address);
  if (path.starts_with('/')) {
    return std::filesystem::path(path).lexically_normal().string();
  }
  const std::filesystem::path directory = directory_path(tid, fd);
  return (path.empty() ? directory : directory / path).lexically_normal().string();
}

}  // namespace

const char* mutating_name(pid_t tid, const SystemCall& call) {
  if (call.number == kOpenat2) {
    std::uint64_t flags = 0;
    const bool counts = read_memory(tid, call.arguments[2], &flags, sizeof flags);
    return counts && can_create(flags) ? "openat2" : nullptr;
  }
  const Entry* entry = find(call.number);
  if (entry == nullptr) {
    return nullptr;
  }
  const bool counts = entry->flags_at == kNone ||
                      can_create(call.arguments[static_cast<std::size_t>(entry->flags_at)]);
  return counts ? entry->name : nullptr;
}

std::string path_of(pid_t tid, const SystemCall& call) {
  constexpr Entry kOpenat2Entry{kOpenat2, "openat2", 0, 1};
  const Entry* entry = call.number == kOpenat2 ? &kOpenat2Entry : find(call.number);
  if (entry == nullptr) {
    return {};
  }
  const auto argument = [&](int at) { return call.arguments[static_cast<std::size_t>(at)]; };
  const int fd = entry->fd_at == kNone ? AT_FDCWD : static_cast<int>(argument(entry->fd_at));
  return resolve(tid, fd, entry->path_at == kNone ? 0 : argument(entry->path_at));
}

}  // namespace vc::tools
