#include "run_command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace vc::tools {

CommandResult run_command(const std::vector<std::string>& argv) {
  CommandResult result{.exit_code = 127};
  std::array<int, 2> output{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    return result;
  }
  std::vector<char*> pointers;
  for (const std::string& argument : argv) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(output[1]);
  std::array<char, 4096> chunk;
  for (ssize_t count = 1; failed == 0 && count > 0;) {
    count = ::read(output[0], chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) {
      count = 1;  // Again.
    } else if (count > 0) {
      result.output.append(chunk.data(), static_cast<std::size_t>(count));
    }
  }
  ::close(output[0]);
  int status = 0;
  if (failed == 0 && ::waitpid(child, &status, 0) == child) {
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return result;
}

}  // namespace vc::tools
