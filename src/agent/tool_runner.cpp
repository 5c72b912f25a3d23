#include "agent/tool_runner.hpp"

#include "core/fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// How often a process is asked whether it has ended while its output stays open.
constexpr milliseconds kPatience{20};
constexpr milliseconds kImpatience{1};
constexpr std::size_t kQuotedBytesMax = 2000;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return std::unexpected(errno_error("make a pipe"));
  }
  return Pipe{.read_end = UniqueFd(ends[0]), .write_end = UniqueFd(ends[1])};
}

// Frees what posix_spawn's two parameter blocks hold.
class SpawnSettings {
 public:
  SpawnSettings() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }

  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  SpawnSettings(SpawnSettings&&) = delete;
  SpawnSettings& operator=(SpawnSettings&&) = delete;

  void use_streams(int out, int err) {
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, out, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, err, STDERR_FILENO);
  }

  void use_directory(const fs::path& directory) {
    ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }

  // A group of its own, to be ended as one; signals as a program expects them at its start.
  void use_own_group() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }

  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    result.push_back(text.data());
  }
  result.push_back(nullptr);
  return result;
}

Result<pid_t> spawn(const ToolCommand& command, const Pipe& out, const Pipe& err) {
  SpawnSettings settings;
  settings.use_directory(command.directory);
  settings.use_streams(out.write_end.get(), err.write_end.get());
  settings.use_own_group();
  std::vector<std::string> argv = command.argv;
  std::vector<std::string> environment;
  environment.reserve(command.environment.size());
  for (const auto& [name, value] : command.environment) {
    environment.push_back(fmt::format("{}={}", name, value));
  }
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, command.executable.c_str(), settings.actions(), settings.attributes(),
                    pointers(argv).data(), pointers(environment).data());
  if (error != 0) {
    return std::unexpected(errno_error("start " + command.executable, error));
  }
  return pid;
}

// A started tool until it has ended, however that comes about.
class RunningTool {
 public:
  RunningTool(pid_t pid, UniqueFd out, UniqueFd err)
      : pid_(pid),
        streams_{Stream{.fd = std::move(out), .text = {}},
                 Stream{.fd = std::move(err), .text = {}}} {}

  RunningTool(const RunningTool&) = delete;
  RunningTool& operator=(const RunningTool&) = delete;
  RunningTool(RunningTool&&) = delete;
  RunningTool& operator=(RunningTool&&) = delete;

  ~RunningTool() {
    if (!status_) {
      ::kill(-pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // Returns the wait status.
  Result<int> finish(milliseconds timeout, std::size_t output_bytes_max) {
    const auto deadline = Steady::now() + timeout;
    while (true) {
      const bool quiet = !read_some();
      // A daemon it left behind may hold the output open for ever.
      if (status_ && (quiet || closed())) {
        return *status_;
      }
      if (out().size() + err().size() > output_bytes_max) {
        return fail(Errc::too_large,
                    fmt::format("it printed more than {} KiB", output_bytes_max >> 10U));
      }
      if (Steady::now() >= deadline) {
        return fail(Errc::timeout, fmt::format("it did not end within {} ms", timeout.count()));
      }
      int status = 0;
      if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
        status_ = status;
      }
    }
  }

  const std::string& out() const { return streams_[0].text; }

  const std::string& err() const { return streams_[1].text; }

 private:
  struct Stream {
    UniqueFd fd;
    std::string text;
  };

  bool closed() const { return !streams_[0].fd.valid() && !streams_[1].fd.valid(); }

  // Waits a moment; false when nothing came.
  bool read_some() {
    std::array<pollfd, 2> polled{};
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      polled[i] = {.fd = streams_[i].fd.get(), .events = POLLIN, .revents = 0};
    }
    const milliseconds patience = closed() ? kImpatience : kPatience;
    if (::poll(polled.data(), polled.size(), static_cast<int>(patience.count())) <= 0) {
      return false;
    }
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (polled[i].revents != 0) {
        read_from(streams_[i]);
      }
    }
    return true;
  }

  static void read_from(Stream& stream) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(stream.fd.get(), buffer.data(), buffer.size());
    if (got > 0) {
      stream.text.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got == 0 || errno != EINTR) {
      stream.fd.reset();
    }
  }

  pid_t pid_;
  std::optional<int> status_;
  std::array<Stream, 2> streams_;
};

std::string ending(int status) {
  return WIFSIGNALED(status) ? fmt::format("killed by signal {}", WTERMSIG(status))
                             : fmt::format("exit status {}", WEXITSTATUS(status));
}

}  // namespace

Result<std::string> PosixToolRunner::run(const ToolCommand& command) {
  VC_TRY(Pipe out, make_pipe());
  VC_TRY(Pipe err, make_pipe());
  VC_TRY(const pid_t pid, spawn(command, out, err));
  out.write_end.reset();
  err.write_end.reset();
  RunningTool tool(pid, std::move(out.read_end), std::move(err.read_end));
  VC_TRY(const int status, tool.finish(timeout_, output_bytes_max_));
  if (status != 0) {
    const std::string& said = tool.err().empty() ? tool.out() : tool.err();
    return fail(Errc::io, ending(status) + (said.empty() ? "" : ": ") +
                              said.substr(0, std::min(said.size(), kQuotedBytesMax)));
  }
  return tool.out() + tool.err();
}

}  // namespace vc::agent
