#include "agent/trace/trace_filter.hpp"

#include "agent/trace/traced_calls.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

namespace vc::agent {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kThisAbi = AUDIT_ARCH_X86_64;
#else
constexpr std::uint32_t kThisAbi = AUDIT_ARCH_AARCH64;
#endif

// What the kernel would do: runs the program over a call. Only the instructions that it uses.
std::uint32_t verdict(std::uint32_t abi, int number, std::uint64_t third = 0,
                      std::uint64_t fourth = 0) {
  seccomp_data data{};
  data.nr = number;
  data.arch = abi;
  data.args[2] = third;
  data.args[3] = fourth;
  const auto program = make_trace_filter();
  std::uint32_t word = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& line = program[at];
    switch (line.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&word, reinterpret_cast<const char*>(&data) + line.k, sizeof word);
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += word == line.k ? line.jt : line.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += word >= line.k ? line.jt : line.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (word & line.k) != 0 ? line.jt : line.jf;
        break;
      case BPF_RET | BPF_K:
        return line.k;
      default:
        ADD_FAILURE() << "unknown instruction";
        return 0;
    }
  }
  ADD_FAILURE() << "ran off the end";
  return 0;
}

constexpr std::uint32_t kRefused = SECCOMP_RET_ERRNO | ENOSYS;

TEST(TraceFilter, StopsEveryTracedCallAndNoOther) {
  for (const TracedCall& call : traced_calls()) {
    EXPECT_EQ(verdict(kThisAbi, call.number), SECCOMP_RET_USER_NOTIF) << call.number;
    EXPECT_EQ(find_traced_call(call.number), &call);
  }
  for (const int number : {SYS_read, SYS_write, SYS_mmap, SYS_close, SYS_sendmsg, SYS_seccomp}) {
    EXPECT_EQ(verdict(kThisAbi, number), SECCOMP_RET_ALLOW) << number;
    EXPECT_EQ(find_traced_call(number), nullptr);
  }
  EXPECT_EQ(find_traced_call(-1), nullptr);
  EXPECT_EQ(find_traced_call(1 << 30), nullptr);
}

TEST(TraceFilter, LetsFstatPass) {
  EXPECT_EQ(verdict(kThisAbi, SYS_newfstatat, 0, AT_EMPTY_PATH), SECCOMP_RET_ALLOW);
  EXPECT_EQ(verdict(kThisAbi, SYS_newfstatat, 0, AT_SYMLINK_NOFOLLOW), SECCOMP_RET_USER_NOTIF);
  EXPECT_EQ(verdict(kThisAbi, SYS_statx, AT_EMPTY_PATH), SECCOMP_RET_ALLOW);
}

TEST(TraceFilter, RefusesWhatWouldGoRoundIt) {
  EXPECT_EQ(verdict(kThisAbi, SYS_io_uring_setup), kRefused);
  EXPECT_EQ(verdict(AUDIT_ARCH_I386, 5), kRefused);
  EXPECT_EQ(verdict(AUDIT_ARCH_ARM, 5), kRefused);
#if defined(__x86_64__)
  EXPECT_EQ(verdict(kThisAbi, 0x4000'0000 | SYS_openat), kRefused) << "x32";
#endif
}

}  // namespace
}  // namespace vc::agent
