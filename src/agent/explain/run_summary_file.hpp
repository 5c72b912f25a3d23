// RunSummaryFile: everything about one run for programs, `<state_directory>/runs/<id>.json`; the
// format is docs/run-summary.md.
#pragma once

#include "agent/explain/finished_run.hpp"

namespace vc::agent {

// Older files go.
inline constexpr std::size_t kRunSummariesKept = 100;

std::string run_summary_json(const FinishedRun& finished);
// Returns where it is.
Result<fs::path> write_run_summary(const FinishedRun& finished);

}  // namespace vc::agent
