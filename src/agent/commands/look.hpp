// `velocity-cli ls`, `logs`, `stats` and `config show`: what is there, without running anything.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"

namespace vc::agent {

int run_list(const ListArguments& arguments, CommandContext& context);
int run_logs(const LogsArguments& arguments, CommandContext& context);
int run_stats(const StatsArguments& arguments, CommandContext& context);
int run_config_show(const ConfigArguments& arguments, CommandContext& context);

}  // namespace vc::agent
