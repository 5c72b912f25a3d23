// ScriptCall: a command that is nothing but a package manager being told to run one script.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vc::agent {

enum class ScriptManager : std::uint8_t { npm, pnpm, yarn };  // yarn is yarn 1.

struct ScriptCall {
  ScriptManager manager = ScriptManager::npm;
  // As it was written: "run", "run-script", "test" or "start"; to yarn any script is a verb.
  std::string verb;
  std::string script;                  // "build"
  std::vector<std::string> arguments;  // What the script gets.

  // Those have the name behind them.
  bool names_script() const { return verb == "run" || verb == "run-script"; }

  std::string program() const;  // "npm", "pnpm" or "yarn"
};

// `npm run X [-- arguments]`, `npm test|start [-- arguments]`, `pnpm run X [arguments]`,
// `pnpm test|start`, and `yarn [run] X [[--] arguments]` where X is no command of yarn 1. nullopt
// for everything else: a flag before the script's name, or an argument without `--` that npm might
// take for itself, is the manager's to understand.
std::optional<ScriptCall> parse_script_call(std::span<const std::string> argv);

// As the manager quotes an argument that it appends to the text of a script for `sh -c`. nullopt
// for what it would not hand on unharmed (pnpm and a newline, yarn and what is not UTF-8), which
// the manager itself may do.
std::optional<std::string> quoted_argument(ScriptManager manager, const std::string& argument);

// The script's text with the arguments behind it.
std::optional<std::string> script_with_arguments(const ScriptCall& call, const std::string& text);

}  // namespace vc::agent
