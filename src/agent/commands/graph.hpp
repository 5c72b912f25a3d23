// `velocity-cli graph`: the task graph as a page, for Graphviz, for Mermaid, or as JSON.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_graph(const GraphArguments& arguments, CommandContext& context);

}  // namespace vc::agent
