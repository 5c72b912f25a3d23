// Tasks of another tool as velocity.yml can say them.
#pragma once

#include "agent/commands/init/draft.hpp"
#include "agent/config.hpp"

#include <vector>

namespace vc::agent {

DraftTask drafted_task(const TaskDefinition& task);

// Of two tasks of a package that write to the same files one is cached: the first, unless it is
// not cached anyway. The other says so and declares no outputs.
void settle_overlaps(const std::vector<DraftTask*>& tasks);

// Other tools let an output match the inputs of its task, and of tasks that do not wait for it.
void keep_outputs_out_of_inputs(std::vector<DraftTask>& tasks);

}  // namespace vc::agent
