#include "agent/reaper.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cerrno>
#include <charconv>
#include <ctime>
#include <set>
#include <string>
#include <utility>

namespace vc::agent {

namespace {

// Applies the complete lines of `text` and leaves the rest.
void apply_lines(std::string& text, std::set<pid_t>& groups) {
  std::size_t start = 0;
  while (true) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string::npos) {
      break;
    }
    pid_t group = 0;
    std::from_chars(text.data() + start + 1, text.data() + end, group);
    if (group > 1) {  // Never kill(-1) nor kill(0), whatever arrives.
      if (text[start] == '+') {
        groups.insert(group);
      } else {
        groups.erase(group);
      }
    }
    start = end + 1;
  }
  text.erase(0, start);
}

void end_groups(std::set<pid_t> groups) {
  for (const pid_t group : groups) {
    ::kill(-group, SIGTERM);
  }
  constexpr int kChecks = 40;
  for (int check = 0; check < kChecks && !groups.empty(); ++check) {
    const timespec pause{.tv_sec = 0, .tv_nsec = kReaperGrace.count() * 1'000'000 / kChecks};
    ::nanosleep(&pause, nullptr);
    std::erase_if(groups, [](pid_t group) { return ::kill(-group, 0) != 0 && errno == ESRCH; });
  }
  for (const pid_t group : groups) {
    ::kill(-group, SIGKILL);
  }
}

void detach_from_the_agent(int keep) {
  ::setsid();
  ::prctl(PR_SET_NAME, "velocity-reaper");
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP}) {
    ::sigaction(signal, &ignore, nullptr);
  }
  // A pipe to `head` or to a CI runner must not stay open because of us.
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      ::dup2(null, standard);
    }
  }
  if (keep > STDERR_FILENO + 1) {
    ::close_range(STDERR_FILENO + 1, static_cast<unsigned>(keep) - 1, 0);
  }
  ::close_range(static_cast<unsigned>(keep) + 1, ~0U, 0);
}

[[noreturn]] void reap(int pipe) {
  detach_from_the_agent(pipe);
  std::set<pid_t> groups;
  std::string pending;
  char buffer[4096];
  while (true) {
    const ssize_t count = ::read(pipe, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    pending.append(buffer, static_cast<std::size_t>(count));
    apply_lines(pending, groups);
  }
  end_groups(std::move(groups));
  ::_exit(0);
}

}  // namespace

Result<Reaper> Reaper::start() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("pipe for the reaper"));
  }
  UniqueFd read_end(ends[0]);
  Reaper reaper;
  reaper.pipe_.reset(ends[1]);
  reaper.pid_ = ::fork();
  if (reaper.pid_ < 0) {
    return std::unexpected(errno_error("fork the reaper"));
  }
  if (reaper.pid_ == 0) {
    reaper.pipe_.reset();
    reap(read_end.release());
  }
  return reaper;
}

Reaper::Reaper(Reaper&& other) noexcept
    : pipe_(std::move(other.pipe_)), pid_(std::exchange(other.pid_, -1)) {}

Reaper::~Reaper() {
  if (pid_ > 0) {
    pipe_.reset();
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

void Reaper::add(pid_t group) {
  send('+', group);
}

void Reaper::remove(pid_t group) {
  send('-', group);
}

void Reaper::send(char sign, pid_t group) {
  if (!pipe_.valid()) {
    return;
  }
  const std::string line = fmt::format("{}{}\n", sign, group);
  // A dead reaper (EPIPE; SIGPIPE is ignored) costs the protection, not the build.
  while (::write(pipe_.get(), line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace vc::agent
