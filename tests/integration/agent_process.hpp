// AgentProcess: velocity-cli as a child of a test.
#pragma once

#include "core/fd.hpp"
#include "core/files.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace vc::agent {

struct AgentResult {
  int exit_code = -1;  // 128 + n when signal n ended it.
  std::string output;
  std::string error;
};

class AgentProcess {
 public:
  AgentProcess(std::vector<std::string> arguments, const fs::path& directory,
               const std::map<std::string, std::string>& variables) {
    arguments.insert(arguments.begin(), VC_VELOCITY_CLI);
    std::vector<std::string> environment;
    for (const auto& [name, value] : variables) {
      environment.push_back(name + "=" + value);
    }
    std::array<std::array<int, 2>, 2> pipes{};
    EXPECT_EQ(::pipe2(pipes[0].data(), O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(pipes[1].data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[0][1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipes[1][1], STDERR_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, VC_VELOCITY_CLI, &actions, nullptr, pointers(arguments).data(),
                            pointers(environment).data()),
              0);
    posix_spawn_file_actions_destroy(&actions);
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      ends_[i].reset(pipes[i][0]);
      ::close(pipes[i][1]);
    }
  }

  void signal(int number) const { ::kill(pid_, number); }

  void close_output() { ends_[0].reset(); }

  AgentResult wait() {
    AgentResult result;
    std::array<std::string*, 2> texts{&result.output, &result.error};
    while (ends_[0].valid() || ends_[1].valid()) {
      std::array<pollfd, 2> set{pollfd{.fd = ends_[0].get(), .events = POLLIN},
                                pollfd{.fd = ends_[1].get(), .events = POLLIN}};
      ::poll(set.data(), set.size(), -1);
      for (std::size_t i = 0; i < set.size(); ++i) {
        std::array<char, 4096> buffer{};
        if (set[i].revents != 0) {
          const ssize_t count = ::read(ends_[i].get(), buffer.data(), buffer.size());
          if (count > 0) {
            texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
          } else {
            ends_[i].reset();
          }
        }
      }
    }
    int status = 0;
    ::waitpid(pid_, &status, 0);
    result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
  }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (std::string& word : words) {
      out.push_back(word.data());
    }
    out.push_back(nullptr);
    return out;
  }

  pid_t pid_ = -1;
  std::array<UniqueFd, 2> ends_;
};

// Waits until the process is gone, at most half a minute. Works for processes that are not our
// children: a pidfd becomes readable when its process ends.
inline bool is_gone(pid_t pid) {
  constexpr int kPatienceMs = 30'000;
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    return errno == ESRCH;
  }
  pollfd set{.fd = pidfd.get(), .events = POLLIN};
  return ::poll(&set, 1, kPatienceMs) == 1;
}

}  // namespace vc::agent
