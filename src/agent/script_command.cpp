#include "agent/script_command.hpp"

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 4> kManagers{"npm", "pnpm", "yarn", "bun"};
// Flags that stand before the name of the script and take no value.
constexpr std::array<std::string_view, 3> kFlags{"-s", "--silent", "--if-present"};

bool is_one_of(std::string_view word, const auto& words) {
  return std::ranges::find(words, word) != words.end();
}

std::string_view take_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// Quotes, variables and operators: only a shell knows which script that is.
bool is_plain(std::string_view word) {
  return !word.empty() && !word.starts_with('-') &&
         word.find_first_of("\"'`$&|;<>()*?[]{}\\#!~") == std::string_view::npos;
}

}  // namespace

std::optional<ScriptCommand> parse_script_command(std::string_view command) {
  const std::string_view manager = take_word(command);
  if (!is_one_of(manager, kManagers)) {
    return std::nullopt;
  }
  const std::string_view verb = take_word(command);
  // `bun test` is bun's own test runner.
  if ((verb == "test" || verb == "start") && manager != "bun") {
    return ScriptCommand{.manager = std::string(manager), .script = std::string(verb)};
  }
  if (verb != "run" && !(verb == "run-script" && manager == "npm")) {
    return std::nullopt;
  }
  std::string_view script = take_word(command);
  while (is_one_of(script, kFlags)) {
    script = take_word(command);
  }
  if (!is_plain(script)) {
    return std::nullopt;
  }
  return ScriptCommand{.manager = std::string(manager), .script = std::string(script)};
}

}  // namespace vc::agent
