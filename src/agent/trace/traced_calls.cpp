#include "agent/trace/traced_calls.hpp"

#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace vc::agent {

namespace {

constexpr int kNo = TracedCall::kNone;

// Architectures newer than x86-64 have only the calls that take a directory.
// NOLINTBEGIN(modernize-use-designated-initializers): a table is read in columns.
constexpr TracedCall kCalls[] = {
#ifdef SYS_open
    {SYS_open, CallKind::open, kNo, 0, 1},
    {SYS_creat, CallKind::open, kNo, 0},
    {SYS_stat, CallKind::look, kNo, 0},
    {SYS_lstat, CallKind::look_at_link, kNo, 0},
    {SYS_access, CallKind::look, kNo, 0},
    {SYS_readlink, CallKind::read_link, kNo, 0},
    {SYS_getdents, CallKind::list, 0, kNo},
    {SYS_rename, CallKind::rename, kNo, 0, kNo, kNo, 1},
    {SYS_unlink, CallKind::remove, kNo, 0},
    {SYS_rmdir, CallKind::remove, kNo, 0},
    {SYS_mkdir, CallKind::make_directory, kNo, 0},
    {SYS_mknod, CallKind::create, kNo, 0},
    {SYS_link, CallKind::link, kNo, 0, kNo, kNo, 1},
    {SYS_symlink, CallKind::create, kNo, 1},
    {SYS_chmod, CallKind::change, kNo, 0},
    {SYS_chown, CallKind::change, kNo, 0},
    {SYS_lchown, CallKind::change, kNo, 0},
    {SYS_utime, CallKind::change, kNo, 0},
    {SYS_utimes, CallKind::change, kNo, 0},
    {SYS_futimesat, CallKind::change, 0, 1},
#endif
#ifdef SYS_renameat
    {SYS_renameat, CallKind::rename, 0, 1, kNo, 2, 3},
#endif
    {SYS_openat, CallKind::open, 0, 1, 2},
    {SYS_openat2, CallKind::open_how, 0, 1, 2},
    {SYS_newfstatat, CallKind::look, 0, 1, 3},
    {SYS_statx, CallKind::look, 0, 1, 2},
    {SYS_faccessat, CallKind::look, 0, 1},
    {SYS_faccessat2, CallKind::look, 0, 1, 3},
    {SYS_readlinkat, CallKind::read_link, 0, 1},
    {SYS_getdents64, CallKind::list, 0, kNo},
    {SYS_execve, CallKind::execute, kNo, 0},
    {SYS_execveat, CallKind::execute, 0, 1},
    {SYS_renameat2, CallKind::rename, 0, 1, kNo, 2, 3},
    {SYS_unlinkat, CallKind::remove, 0, 1},
    {SYS_mkdirat, CallKind::make_directory, 0, 1},
    {SYS_mknodat, CallKind::create, 0, 1},
    {SYS_linkat, CallKind::link, 0, 1, kNo, 2, 3},
    {SYS_symlinkat, CallKind::create, 1, 2},
    {SYS_fchmodat, CallKind::change, 0, 1},
    {452, CallKind::change, 0, 1},  // fchmodat2: one number everywhere, newer than the headers.
    {SYS_fchownat, CallKind::change, 0, 1},
    {SYS_truncate, CallKind::change, kNo, 0},
    {SYS_utimensat, CallKind::change, 0, 1},
};
// NOLINTEND(modernize-use-designated-initializers)

// No call of the table has a larger number.
constexpr int kNumbers = 512;

constexpr auto kByNumber = [] {
  std::array<std::int8_t, kNumbers> rows{};
  rows.fill(-1);
  for (std::size_t i = 0; i < std::size(kCalls); ++i) {
    rows[static_cast<std::size_t>(kCalls[i].number)] = static_cast<std::int8_t>(i);
  }
  return rows;
}();

}  // namespace

std::span<const TracedCall> traced_calls() {
  return kCalls;
}

const TracedCall* find_traced_call(int number) {
  if (number < 0 || number >= kNumbers || kByNumber[static_cast<std::size_t>(number)] < 0) {
    return nullptr;
  }
  return &kCalls[kByNumber[static_cast<std::size_t>(number)]];
}

}  // namespace vc::agent
