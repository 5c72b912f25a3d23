// RunStatistics: what the recorded runs of a workspace come to, for `velocity-cli stats`.
#pragma once

#include "agent/explain/run_history.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vc::agent {

struct TaskStatistics {
  std::string label;
  std::uint64_t hits = 0;
  std::uint64_t executions = 0;  // Failures included.
  std::uint64_t failures = 0;
  std::uint64_t mean_ms = 0;  // Of executions that succeeded.
  std::uint64_t longest_ms = 0;
};

struct RunStatistics {
  std::uint64_t runs = 0;
  std::uint64_t runs_failed = 0;
  std::uint64_t since_ms = 0;  // Of the first one.
  std::uint64_t hits = 0;
  std::uint64_t hits_remote = 0;
  std::uint64_t executions = 0;
  std::uint64_t saved_ms = 0;
  std::uint64_t wall_ms = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t bytes_up = 0;
  std::vector<TaskStatistics> tasks;  // By label.
};

inline constexpr std::size_t kRankedTasks = 10;

RunStatistics statistics_of(std::span<const RecordedRun> runs);
std::vector<TaskStatistics> slowest(const RunStatistics& statistics);
// Those that were executed most often, of those that ran more than once.
std::vector<TaskStatistics> least_cached(const RunStatistics& statistics);

std::string render(const RunStatistics& statistics);
std::string to_json(const RunStatistics& statistics);

}  // namespace vc::agent
