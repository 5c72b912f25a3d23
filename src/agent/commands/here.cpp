#include "agent/commands/here.hpp"

#include "agent/config.hpp"

#include <fmt/core.h>

namespace vc::agent {

std::optional<Here> find_here(CommandContext& context) {
  const auto file = find_config(context.directory);
  if (!file) {
    context.err << fmt::format("error: no velocity.yml in {} or above\n",
                               context.directory.string())
                << "help: run this inside a workspace, or write one with `velocity-cli init`\n";
    return std::nullopt;
  }
  return Here{.config_file = *file, .state_directory = file->parent_path() / ".velocity"};
}

}  // namespace vc::agent
