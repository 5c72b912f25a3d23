// What runs a target of Nx, where velocity.yml has it run: in the folder of the project.
#pragma once

#include "agent/commands/init/nx_task.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

struct NxCommand {
  std::string text;
  bool is_by_nx = false;  // An executor's, or more than one command says: Nx itself runs it.
};

NxCommand nx_command(const std::string& name, const NxTarget& target, const NxPlace& place);

// `{projectRoot}`, `{projectName}`, `{workspaceRoot}` and `{options.x}` put in, as seen from the
// workspace; "{" is left where something else stands between braces.
std::string nx_interpolated(std::string_view text, const NxTarget& target, const NxPlace& place);

}  // namespace vc::agent
