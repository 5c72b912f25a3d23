#include "agent/trace/trace_filter.hpp"

#include "agent/trace/traced_calls.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <system_error>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)  // Linux 5.19
#endif

namespace vc::agent {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kNativeAbi = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kNativeAbi = AUDIT_ARCH_AARCH64;
#else
#error "traced on x86-64 and aarch64 only"
#endif

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | ENOSYS;
constexpr std::uint16_t kLoadWord = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kJumpIfEqual = BPF_JMP | BPF_JEQ | BPF_K;

// Both supported architectures are little-endian: the low half of an argument comes first.
constexpr std::uint32_t offset_of_argument(int index) {
  return static_cast<std::uint32_t>(offsetof(seccomp_data, args) +
                                    static_cast<std::size_t>(index) * sizeof(std::uint64_t));
}

class FilterProgram {
 public:
  void add(std::uint16_t code, std::uint32_t operand) { lines_.push_back(BPF_STMT(code, operand)); }

  // Skips so many lines when it holds, and so many when not.
  void jump(std::uint16_t code, std::uint32_t operand, std::uint8_t when, std::uint8_t otherwise) {
    lines_.push_back(BPF_JUMP(code, operand, when, otherwise));
  }

  void add_call(const TracedCall& call) {
    const auto number = static_cast<std::uint32_t>(call.number);
    if (call.kind == CallKind::look && call.flags != TracedCall::kNone) {
      // fstat(3) is such a call with an empty path. A filter cannot see the path; who sets the flag
      // has none to give.
      jump(kJumpIfEqual, number, 0, 4);
      add(kLoadWord, offset_of_argument(call.flags));
      jump(BPF_JMP | BPF_JSET | BPF_K, AT_EMPTY_PATH, 0, 1);
      add(kReturn, SECCOMP_RET_ALLOW);
    } else {
      jump(kJumpIfEqual, number, 0, 1);
    }
    add(kReturn, SECCOMP_RET_USER_NOTIF);
  }

  std::vector<sock_filter> take() { return std::move(lines_); }

 private:
  std::vector<sock_filter> lines_;
};

long seccomp(unsigned operation, unsigned long flags, void* arguments) {
  return ::syscall(SYS_seccomp, operation, flags, arguments);
}

// Letting a call continue came with Linux 5.5; a kernel with the listener and without that would
// leave no way but to fail every call.
bool may_let_calls_continue() {
  utsname name{};
  int major = 0;
  int minor = 0;
  // NOLINTNEXTLINE(cert-err34-c): what does not parse stays 0, which is too old.
  return ::uname(&name) == 0 && std::sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
         (major > 5 || (major == 5 && minor >= 5));
}

}  // namespace

std::vector<sock_filter> make_trace_filter() {
  FilterProgram program;
  program.add(kLoadWord, offsetof(seccomp_data, arch));
  program.jump(kJumpIfEqual, kNativeAbi, 1, 0);
  program.add(kReturn, kRefuse);
  program.add(kLoadWord, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  constexpr std::uint32_t kX32Bit = 0x4000'0000;
  program.jump(BPF_JMP | BPF_JGE | BPF_K, kX32Bit, 0, 1);
  program.add(kReturn, kRefuse);
#endif
  program.jump(kJumpIfEqual, SYS_io_uring_setup, 0, 1);
  program.add(kReturn, kRefuse);
  for (const TracedCall& call : traced_calls()) {
    program.add_call(call);
  }
  program.add(kReturn, SECCOMP_RET_ALLOW);
  return program.take();
}

std::expected<UniqueFd, int> install_trace_filter() {
  if (!may_let_calls_continue()) {
    return std::unexpected(ENOSYS);
  }
  std::vector<sock_filter> lines = make_trace_filter();
  sock_fprog program{.len = static_cast<unsigned short>(lines.size()), .filter = lines.data()};
  // Where the kernel has it, a call that is looked at is not interrupted by mere signals: a program
  // that sends itself many would else begin anew for ever.
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  long listener = seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
  if (listener < 0 && errno == EINVAL) {
    flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    listener = seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
  }
  if (listener < 0 && errno == EACCES) {  // Without CAP_SYS_ADMIN.
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
      return std::unexpected(errno);
    }
    listener = seccomp(SECCOMP_SET_MODE_FILTER, flags, &program);
  }
  if (listener < 0) {
    return std::unexpected(errno);
  }
  return UniqueFd(static_cast<int>(listener));
}

std::string why_not_traced(int error_number) {
  const std::string what = std::generic_category().message(error_number);
  if (error_number == EBUSY) {
    return "something that watches system calls the same way is already around it (" + what + ")";
  }
  return "seccomp user notification is not to be had here (" + what +
         "); it takes Linux 5.5 and a container whose seccomp profile allows seccomp(2)";
}

}  // namespace vc::agent
