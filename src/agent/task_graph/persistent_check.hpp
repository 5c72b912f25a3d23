// Finds tasks without an end that are given what only tasks with one can have, and those that
// others wait for although nobody could say when they are ready.
#pragma once

#include "agent/task_graph.hpp"
#include "agent/task_graph/task_catalog.hpp"

namespace vc::agent {

// Of every task of every package.
Diagnostics check_persistent_definitions(const TaskCatalog& catalog);
// Of the tasks that would run.
Diagnostics check_persistent_dependencies(const Config& config, const TaskGraph& graph);

}  // namespace vc::agent
