// Tasks of one package, or of one inside of it, that would get in each other's way: two that write
// the same files, or one that reads what another of its package writes without waiting for it.
//
// Declared outputs are removed before a task runs and replaced on a hit; a file may therefore be
// the output of one task only, and no input of the same task.
#pragma once

#include "agent/task_graph/task_catalog.hpp"

namespace vc::agent {

// Packages that have the same tasks by the same definitions are looked at once.
Diagnostics check_output_conflicts(const TaskCatalog& catalog);

}  // namespace vc::agent
