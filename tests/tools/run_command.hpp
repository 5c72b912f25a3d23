// run_command: starts a program of the tests and waits for it.
#pragma once

#include <string>
#include <vector>

namespace vc::tools {

struct CommandResult {
  int exit_code = -1;  // 128 + n when signal n ended it.
  std::string output;  // Of standard output.
};

// `argv[0]` is looked up in PATH. A command that cannot be started exits with 127.
CommandResult run_command(const std::vector<std::string>& argv);

}  // namespace vc::tools
