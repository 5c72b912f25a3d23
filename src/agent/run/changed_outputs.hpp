// What dependencies made and the key of a task counts, looked at again when the task has run: as
// its inputs are, for these are what it was made of.
#pragma once

#include "agent/run/run_context.hpp"

#include <string>
#include <vector>

namespace vc::agent {

// "outputs of lib#build" for each dependency whose outputs on disk are not those that the key of
// `task` counts. Stats alone where a record says that they are; blocks on the disk.
std::vector<std::string> changed_outputs(const RunContext& context, TaskId task);

}  // namespace vc::agent
