// TraceReport: what `run --trace` found out about one task, kept as JSON in
// `<state directory>/trace/<sha256 of the label>` until the task is traced again.
#pragma once

#include "agent/trace/findings.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::string_view kTraceDirectory = "trace";
inline constexpr std::size_t kFindingsMax = 10'000;  // In one report; more are counted.
inline constexpr std::uint64_t kTraceReportBytesMax = 64 << 20;

struct TraceReport {
  std::string task;       // Its label.
  std::string directory;  // Of its package, relative to the root.
  std::string key;        // In hexadecimal digits.
  bool succeeded = true;  // A task that failed may have more to do when it does not.
  TraceCounts counts;
  std::uint64_t left_out = 0;
  std::vector<Finding> findings;  // Sorted by kind, then path.
};

// Paths are as printable() makes them: bytes that are no UTF-8 become \xNN.
std::string to_json(const TraceReport& report);
// Errc::invalid says what is wrong. Unknown members are ignored, unknown kinds are not.
Result<TraceReport> parse_trace_report(std::string_view json);

Result<void> save_trace_report(const fs::path& state_directory, const TraceReport& report);
// nullopt: the task was never traced.
Result<std::optional<TraceReport>> load_trace_report(const fs::path& state_directory,
                                                     std::string_view label);
// All there are, by label. A damaged one is an error that names the file.
Result<std::vector<TraceReport>> load_trace_reports(const fs::path& state_directory);

// A table of at most `lines_max` findings, then how to see the rest. "" when there are none.
std::string trace_table(const TraceReport& report, std::size_t lines_max);
// "3 findings: 2 files read that are no inputs, 1 written that is no output".
std::string trace_summary(const TraceReport& report);

}  // namespace vc::agent
