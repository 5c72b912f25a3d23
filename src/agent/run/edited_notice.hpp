// What a run says of a task whose inputs changed while it ran.
#pragma once

#include "agent/run/run_context.hpp"

#include <span>
#include <string>

namespace vc::agent {

// "its result is not stored: src/a.ts changed while it ran ..."; "" where that matters to nobody:
// the task is never cached, and no other depends on it. `edited` are paths, or words about outputs
// of a dependency; at least one.
std::string edited_notice(const RunContext& run, TaskId task, std::span<const std::string> edited);

}  // namespace vc::agent
