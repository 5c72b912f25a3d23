// kill_at_syscall: SIGKILL at a chosen point of a program's dealings with the file system.
//
//   kill_at_syscall --count [--list] [--only-below DIR] -- command...
//   kill_at_syscall --at N           [--only-below DIR] -- command...
//
// Counts the system calls that change files, over all threads and children of the command. --count
// prints their number as the last line of standard output and exits as the command did; --list also
// names each on standard error. --at kills the whole tree on entry of the N-th, before it has any
// effect, and exits with 137; when there are fewer it exits as the command did. So a test can walk
// through every instant at which a power cut or an OOM kill could strike, without sleeping.
#include "mutating_syscalls.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace {

using vc::tools::SystemCall;

constexpr int kUsageExit = 2;
constexpr int kKilledExit = 128 + SIGKILL;

struct Options {
  std::optional<std::uint64_t> at;  // nullopt: only count.
  bool list = false;
  std::string below;  // "" or an absolute directory.
  std::vector<char*> command;
};

[[noreturn]] void die(const char* doing) {
  std::fprintf(stderr, "kill_at_syscall: %s: %s\n", doing, std::strerror(errno));
  std::exit(kUsageExit);
}

std::optional<Options> parse_options(int argc, char** argv) {
  Options options;
  bool counts = false;
  int i = 1;
  for (; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--count") {
      counts = true;
    } else if (flag == "--list") {
      options.list = true;
    } else if (flag == "--only-below" && i + 1 < argc) {
      options.below = std::filesystem::weakly_canonical(argv[++i]).string();
    } else if (flag == "--at" && i + 1 < argc) {
      const std::string_view text = argv[++i];
      std::uint64_t at = 0;
      const auto parsed = std::from_chars(text.data(), text.data() + text.size(), at);
      if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || at == 0) {
        return std::nullopt;
      }
      options.at = at;
    } else {
      return std::nullopt;
    }
  }
  for (++i; i < argc; ++i) {
    options.command.push_back(argv[i]);
  }
  if (options.command.empty() || counts == options.at.has_value()) {
    return std::nullopt;
  }
  options.command.push_back(nullptr);
  return options;
}

// Stops the command before its first instruction, until it is traced.
pid_t start(const Options& options, int& go) {
  int gate[2];
  if (::pipe(gate) != 0) {
    die("pipe");
  }
  const pid_t child = ::fork();
  if (child < 0) {
    die("fork");
  }
  if (child == 0) {
    ::close(gate[1]);
    char byte = 0;
    if (::read(gate[0], &byte, 1) != 1) {
      ::_exit(kUsageExit);
    }
    ::close(gate[0]);
    // LeakSanitizer traces its own process, which cannot be traced twice.
    const char* sanitizer = std::getenv("ASAN_OPTIONS");
    const std::string without_leaks =
        (sanitizer == nullptr ? std::string() : std::string(sanitizer) + ":") + "detect_leaks=0";
    ::setenv("ASAN_OPTIONS", without_leaks.c_str(), 1);
    ::execvp(options.command[0], options.command.data());
    die(options.command[0]);
  }
  ::close(gate[0]);
  go = gate[1];
  return child;
}

class Tracer {
 public:
  Tracer(const Options& options, pid_t root) : options_(options), root_(root) {}

  // Until every process of the tree has ended.
  void run() {
    tracees_.insert(root_);
    for (;;) {
      int status = 0;
      const pid_t tid = ::waitpid(-1, &status, __WALL);
      if (tid < 0 && errno == EINTR) {
        continue;
      }
      if (tid < 0) {
        return;  // ECHILD: nobody is left.
      }
      if (WIFSTOPPED(status)) {
        tracees_.insert(tid);
        on_stop(tid, status);
        continue;
      }
      tracees_.erase(tid);
      if (tid == root_) {
        exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
    }
  }

  std::uint64_t count() const { return count_; }

  int exit_code() const { return killing_ ? kKilledExit : exit_code_; }

 private:
  void on_stop(pid_t tid, int status) {
    if (killing_) {  // A child that was born while we killed its parents.
      ::kill(tid, SIGKILL);
      return;
    }
    const int signal = WSTOPSIG(status);
    const int event = status >> 16;
    if (signal == (SIGTRAP | 0x80)) {
      on_system_call(tid);
      resume(tid, 0);
    } else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
      ::ptrace(PTRACE_LISTEN, tid, nullptr, nullptr);  // Job control: let it stay stopped.
    } else {
      resume(tid, event == 0 ? signal : 0);
    }
  }

  void resume(pid_t tid, int signal) {
    if (!killing_) {
      ::ptrace(PTRACE_SYSCALL, tid, nullptr, static_cast<long>(signal));
    }
  }

  void on_system_call(pid_t tid) {
    __ptrace_syscall_info info{};
    if (::ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY) {
      return;
    }
    std::uint64_t arguments[6];
    std::memcpy(arguments, info.entry.args, sizeof arguments);
    const SystemCall call{.number = info.entry.nr, .arguments = arguments};
    const char* name = vc::tools::mutating_name(tid, call);
    if (name == nullptr || !is_wanted(tid, call)) {
      return;
    }
    ++count_;
    const bool fatal = options_.at && *options_.at == count_;
    if (fatal || options_.list) {
      std::fprintf(stderr, "kill_at_syscall: %s%llu %s %s\n", fatal ? "killed at " : "",
                   static_cast<unsigned long long>(count_), name,
                   vc::tools::path_of(tid, call).c_str());
    }
    if (fatal) {
      killing_ = true;
      for (const pid_t victim : tracees_) {
        ::kill(victim, SIGKILL);
      }
    }
  }

  bool is_wanted(pid_t tid, const SystemCall& call) const {
    if (options_.below.empty()) {
      return true;
    }
    const std::string path = vc::tools::path_of(tid, call);
    return path == options_.below || path.starts_with(options_.below + "/");
  }

  const Options& options_;
  pid_t root_;
  std::set<pid_t> tracees_;
  std::uint64_t count_ = 0;
  int exit_code_ = 0;
  bool killing_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fprintf(stderr,
                 "usage: kill_at_syscall --count [--list] [--only-below DIR] -- command...\n"
                 "       kill_at_syscall --at N [--only-below DIR] -- command...\n");
    return kUsageExit;
  }
  int go = -1;
  const pid_t child = start(*options, go);
  // EXITKILL: should this tool die, nothing it started lives on.
  constexpr long kTrace = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE |
                          PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (::ptrace(PTRACE_SEIZE, child, nullptr, kTrace) != 0) {
    die("ptrace (is CAP_SYS_PTRACE missing, or kernel.yama.ptrace_scope 3?)");
  }
  ::ptrace(PTRACE_INTERRUPT, child, nullptr, nullptr);  // From here on every call is seen.
  if (::write(go, "g", 1) != 1) {
    die("write");
  }
  ::close(go);
  Tracer tracer(*options, child);
  tracer.run();
  if (!options->at) {
    std::printf("%llu\n", static_cast<unsigned long long>(tracer.count()));
  }
  return tracer.exit_code();
}
