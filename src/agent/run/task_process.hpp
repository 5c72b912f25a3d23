// The process that the command of a task is.
#pragma once

#include "agent/run/run_context.hpp"

namespace vc::agent {

// Without a timeout.
ProcessSpec process_of(const RunContext& context, TaskId task);

}  // namespace vc::agent
