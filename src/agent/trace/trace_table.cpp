#include "agent/output_path.hpp"
#include "agent/trace/trace_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace vc::agent {

namespace {

// By FindingKind: the word of the table, and what so many of them are called.
struct KindText {
  std::string_view word;
  std::string_view one;
  std::string_view many;
};

constexpr std::array<KindText, 7> kKindTexts{{
    {.word = "read", .one = "output of another task read", .many = "outputs of other tasks read"},
    {.word = "read", .one = "file read", .many = "files read"},
    {.word = "wrote", .one = "file written", .many = "files written"},
    {.word = "removed", .one = "file removed", .many = "files removed"},
    {.word = "listed", .one = "directory listed", .many = "directories listed"},
    {.word = "checked", .one = "file checked", .many = "files checked"},
    {.word = "absent", .one = "absent file looked for", .many = "absent files looked for"},
}};

const KindText& text_of(FindingKind kind) {
  return kKindTexts[static_cast<std::size_t>(kind)];
}

std::string remark_on(const Finding& finding) {
  if (finding.kind == FindingKind::dependency_output) {
    return fmt::format("  made by {}, which is not in depends_on", finding.task);
  }
  if (finding.count > 1) {
    return fmt::format("  ({} paths)", finding.count);
  }
  return "";
}

}  // namespace

std::string trace_table(const TraceReport& report, std::size_t lines_max) {
  std::string out;
  const std::size_t count = report.findings.size();
  // The last line is for a finding when there is just one more.
  const std::size_t shown = count <= lines_max ? count : lines_max - 1;
  for (std::size_t i = 0; i < shown; ++i) {
    const Finding& finding = report.findings[i];
    out += fmt::format("  {:<8} {}{}\n", text_of(finding.kind).word, printable(finding.path),
                       remark_on(finding));
  }
  if (count + report.left_out > shown) {
    out += fmt::format("  ... and {} more: velocity-cli trace {}\n",
                       count + report.left_out - shown, report.task);
  }
  return out;
}

std::string trace_summary(const TraceReport& report) {
  std::map<FindingKind, std::uint64_t> counts;
  for (const Finding& finding : report.findings) {
    ++counts[finding.kind];
  }
  std::string out;
  for (const auto& [kind, count] : counts) {
    const KindText& text = text_of(kind);
    out +=
        fmt::format("{}{} {}", out.empty() ? "" : ", ", count, count == 1 ? text.one : text.many);
  }
  return out.empty() ? "everything it read and wrote is declared" : out;
}

}  // namespace vc::agent
