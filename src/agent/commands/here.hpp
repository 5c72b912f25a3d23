// Here: the workspace around the user, for commands that look at it and need no task graph.
#pragma once

#include "agent/commands/command_context.hpp"

#include <optional>

namespace vc::agent {

struct Here {
  fs::path config_file;
  fs::path state_directory;
};

// nullopt: there is none, and that has been told.
std::optional<Here> find_here(CommandContext& context);

}  // namespace vc::agent
