// ScriptCommand: a command that runs a script of the package's manifest, such as "npm run build".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

struct ScriptCommand {
  std::string manager;  // "npm", "pnpm", "yarn" or "bun".
  std::string script;
};

// `npm|pnpm|yarn|bun run X` and `npm|pnpm|yarn test|start`, whatever follows; nullopt for all other
// commands. `yarn X` alone is none: X may as well be a program.
std::optional<ScriptCommand> parse_script_command(std::string_view command);

}  // namespace vc::agent
