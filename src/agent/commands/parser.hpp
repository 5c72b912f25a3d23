// The command line: words to Arguments, and the help and completion that follow from the same
// definition. CLI11 stops here.
#pragma once

#include "agent/commands/arguments.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vc::agent {

struct ParsedCommandLine {
  std::optional<Arguments> arguments;
  // Without arguments: what to say, and how to leave. Help goes to standard output.
  std::string message;
  int exit_code = 0;
};

// `words` without the program's name. The first word may be a task: `build` is `run build`.
ParsedCommandLine parse_command_line(std::span<const std::string> words);

struct FlagDescription {
  std::string name;  // "--output-logs"
  std::string doc;
  std::vector<std::string> choices;
  bool takes_value = false;
};

struct CommandDescription {
  std::string name;
  std::string doc;
  std::vector<FlagDescription> flags;
};

// For completion scripts and for suggestions.
std::vector<CommandDescription> describe_commands();

}  // namespace vc::agent
