// What there is to say to the user about the files that were found: patterns that match nothing,
// configuration files nobody listed, things that cannot be read.
#pragma once

#include "agent/fingerprint/input_plan.hpp"
#include "agent/fingerprint/task_inputs.hpp"

namespace vc::agent {

// Errors and warnings together. Each is said once, with the packages it is true of, not once a
// package.
Diagnostics examine_inputs(const Config& config, const TaskGraph& graph, const InputPlan& plan,
                           const ScannedWorkspace& scanned);

}  // namespace vc::agent
