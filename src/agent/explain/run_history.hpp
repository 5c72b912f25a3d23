// RunHistory: one line a run in `<state_directory>/history`, for `stats` and `--last-failed`.
//
// A line is a JSON object. Appended with one write(2), so that runs at the same time do not tear
// each other's; lines that do not parse are left out. Bounded: beyond kHistoryBytesMax the older
// half goes.
#pragma once

#include "agent/explain/finished_run.hpp"
#include "core/files.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::uint64_t kHistoryBytesMax = 4 << 20;

struct TimedTask {
  std::string label;
  std::uint64_t duration_ms = 0;
};

struct RecordedRun {
  std::uint64_t time_ms = 0;  // When it began, since the epoch.
  std::uint64_t wall_ms = 0;
  std::uint64_t saved_ms = 0;
  std::uint64_t bytes_down = 0;
  std::uint64_t bytes_up = 0;
  std::uint64_t hits_remote = 0;
  int exit_code = 0;
  std::vector<std::string> requested;
  std::vector<std::string> hits;
  std::vector<TimedTask> executed;  // With success.
  std::vector<std::string> failed;
};

RecordedRun recorded(const FinishedRun& finished);
std::string history_line(const RecordedRun& run);
// nullopt for anything history_line() has not written.
std::optional<RecordedRun> parse_history_line(std::string_view line);

Result<void> append_history(const fs::path& state_directory, const RecordedRun& run,
                            std::uint64_t bytes_max = kHistoryBytesMax);
// Oldest first; none when there is no history.
std::vector<RecordedRun> read_history(const fs::path& state_directory);

}  // namespace vc::agent
