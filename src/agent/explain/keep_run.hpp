// keep_run(): everything that is kept of a run once it is over.
#pragma once

#include "agent/explain/finished_run.hpp"
#include "agent/explain/run_memory.hpp"

namespace vc::agent {

enum class Summarize { no, yes };

// Notes, history, logs of failures, the step summary of GitHub Actions, and with Summarize::yes a
// file whose path is told. Best effort: what cannot be kept is one warning and fails no run.
// `in_place` by TaskId, from before the run.
void keep_run(const FinishedRun& finished, RunMemory& memory, const std::vector<bool>& in_place,
              Summarize summarize);

}  // namespace vc::agent
