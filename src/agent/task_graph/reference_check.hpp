// Whether every depends_on names something, and every task has a command.
//
// All definitions are checked, not only those a run needs: a mistake is found when it is made.
#pragma once

#include "agent/task_graph/task_catalog.hpp"

namespace vc::agent {

Diagnostics check_references(const TaskCatalog& catalog);

}  // namespace vc::agent
