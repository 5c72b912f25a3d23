// `velocity-cli trace --fix`.
#pragma once

#include "agent/commands/arguments.hpp"
#include "agent/commands/command_context.hpp"
#include "agent/trace/trace_report.hpp"

#include <vector>

namespace vc::agent {

// Shows what to add for the reports, file by file; with Fix::write, adds it. Returns the exit code.
int fix_definitions(const std::vector<TraceReport>& reports, const fs::path& config_file,
                    const TraceArguments& arguments, CommandContext& context);

}  // namespace vc::agent
