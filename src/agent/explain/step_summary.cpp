#include "agent/explain/step_summary.hpp"

#include "agent/output_path.hpp"
#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <fcntl.h>

#include <algorithm>
#include <cctype>
#include <tuple>
#include <vector>

namespace vc::agent {

namespace {

// For the line that counts what did not fit.
constexpr std::size_t kLastLineBytes = 200;

std::vector<const TaskReport*> rows_of(const FinishedRun& finished) {
  std::vector<const TaskReport*> rows;
  for (const TaskReport& report : finished.reports) {
    const bool is_mismatch = report.verification && report.verification->is_mismatch();
    if (report.result == TaskResult::failed || report.result == TaskResult::succeeded ||
        is_mismatch) {
      rows.push_back(&report);
    }
  }
  std::ranges::sort(rows, [](const TaskReport* a, const TaskReport* b) {
    const bool a_failed = a->result == TaskResult::failed;
    const bool b_failed = b->result == TaskResult::failed;
    return std::tie(b_failed, b->duration_ms, a->label) <
           std::tie(a_failed, a->duration_ms, b->label);
  });
  return rows;
}

std::string row(const TaskReport& report) {
  return fmt::format("| {} | {} | {} |\n", markdown_text(report.label),
                     report.result == TaskResult::failed ? "❌ failed: " + markdown_text(report.why)
                     : report.verification               ? "❌ cached result not reproduced"
                                                         : "executed",
                     duration_text(report.duration_ms));
}

}  // namespace

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte >= 0x80 || std::isalnum(byte) != 0 || c == ' ' || c == '/';
    out += is_plain ? std::string(1, c) : fmt::format("&#{};", byte);
  }
  return out;
}

std::string step_summary(const FinishedRun& finished, std::size_t bytes_max) {
  std::string tasks;
  for (const std::string& task : finished.requested) {
    tasks += (tasks.empty() ? "" : ", ") + markdown_text(task);
  }
  std::string out = fmt::format("### {} {}\n\n{}\n\n", finished.exit_code == 0 ? "✅" : "❌", tasks,
                                markdown_text(render(finished.summary)));
  const std::vector<const TaskReport*> rows = rows_of(finished);
  if (out.size() + kLastLineBytes > bytes_max || rows.empty()) {
    return out.size() > bytes_max ? "" : out;
  }
  out += "| task | result | time |\n|---|---|---:|\n";
  std::size_t shown = 0;
  for (; shown < rows.size(); ++shown) {
    const std::string line = row(*rows[shown]);
    if (out.size() + line.size() + kLastLineBytes > bytes_max) {
      break;
    }
    out += line;
  }
  if (shown < rows.size()) {
    out += fmt::format("\nand {} more tasks\n", rows.size() - shown);
  }
  return out + "\n";
}

Result<void> append_step_summary(const FinishedRun& finished) {
  const auto file = finished.run.environment.find("GITHUB_STEP_SUMMARY");
  if (!file || file->empty()) {
    return {};
  }
  std::error_code absent;
  const auto there = fs::file_size(std::string(*file), absent);
  const std::size_t used = absent ? 0 : std::min<std::size_t>(there, kStepSummaryBytesMax);
  VC_TRY(const UniqueFd fd,
         open_file(std::string(*file), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC));
  return write_all(fd.get(), as_bytes(step_summary(finished, kStepSummaryBytesMax - used)));
}

}  // namespace vc::agent
