// `velocity-cli run` without a task, at a terminal: shows the tasks of the workspace and lets one
// be chosen.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

#include <expected>
#include <string>
#include <vector>

namespace vc::agent {

// The name of the task, none where there is no one to ask or nothing to choose from; or the exit
// code: 2 where there is no workspace or nothing was chosen (Esc), 130 after Ctrl-C, 128+N after
// signal N. While the process has one thread.
std::expected<std::vector<std::string>, int> pick_task(OutputFormat format,
                                                       CommandContext& context);

}  // namespace vc::agent
