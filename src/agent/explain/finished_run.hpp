// FinishedRun: a run that is over, as its records are made from it.
#pragma once

#include "agent/run/run_context.hpp"
#include "agent/summary.hpp"

#include <span>
#include <string>
#include <vector>

namespace vc::agent {

struct FinishedRun {
  const RunContext& run;
  std::span<const TaskReport> reports;  // By TaskId.
  const Summary& summary;
  const std::vector<std::string>& requested;  // Tasks as named on the command line.
  std::string remote;                         // The line said at the start.
  int exit_code = 0;
  TimePoint started;
};

// Sorts by time: "1795408674833-4711".
std::string id_of(const FinishedRun& finished);

}  // namespace vc::agent
