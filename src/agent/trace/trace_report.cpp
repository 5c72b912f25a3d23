#include "agent/trace/trace_report.hpp"

#include "agent/output_path.hpp"
#include "agent/state_directory.hpp"
#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace vc::agent {

namespace {

constexpr std::uint64_t kReportVersion = 1;

// The members of one object, in the order in which they are written.
void write_finding(wire::JsonWriter& json, const Finding& finding) {
  json.open('{');
  json.member("kind", name_of(finding.kind));
  json.member("path", printable(finding.path));
  if (finding.count != 1) {
    json.member("count", finding.count);
  }
  if (!finding.task.empty()) {
    json.member("task", finding.task);
  }
  if (!finding.created.empty()) {
    json.member("created", printable(finding.created));
  }
  json.close('}');
}

Result<std::uint64_t> number(wire::JsonValue object, std::string_view name, std::uint64_t absent) {
  VC_TRY(const auto value, wire::optional_integer(object, name));
  return value.value_or(absent);
}

// A path is shown to people and becomes part of patterns: only what to_json() writes is taken.
Result<std::string> shown_path(std::string_view path) {
  if (path.starts_with('/') || printable(path) != path) {
    return fail(Errc::invalid, "a path that no trace has written");
  }
  return std::string(path);
}

Result<Finding> read_finding(wire::JsonValue value) {
  VC_CHECK(wire::require_object(value, "a finding"));
  Finding finding;
  VC_TRY(const auto kind, wire::required_text(value, "kind"));
  const auto known = finding_kind_of(kind);
  if (!known) {
    return fail(Errc::invalid, fmt::format("unknown kind of finding \"{}\"", printable(kind)));
  }
  finding.kind = *known;
  VC_TRY(const auto path, wire::required_text(value, "path"));
  VC_TRY(finding.path, shown_path(path));
  VC_TRY(finding.count, number(value, "count", 1));
  VC_TRY(const auto task, wire::optional_text(value, "task"));
  VC_TRY(finding.task, shown_path(task));
  VC_TRY(const auto created, wire::optional_text(value, "created"));
  VC_TRY(finding.created, shown_path(created));
  return finding;
}

fs::path report_file(const fs::path& state_directory, std::string_view label) {
  return state_directory / kTraceDirectory / state_name(label);
}

}  // namespace

std::string to_json(const TraceReport& report) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("version", kReportVersion);
  json.member("task", report.task);
  json.member("directory", report.directory);
  json.member("key", report.key);
  json.name("succeeded");
  json.boolean(report.succeeded);
  json.member("calls", report.counts.calls);
  json.member("outside", report.counts.outside);
  json.member("unreadable", report.counts.unreadable);
  json.member("dropped", report.counts.dropped);
  const std::size_t count = std::min(report.findings.size(), kFindingsMax);
  json.member("left_out", report.left_out + (report.findings.size() - count));
  json.name("findings");
  json.open('[');
  for (std::size_t i = 0; i < count; ++i) {
    write_finding(json, report.findings[i]);
  }
  json.close(']');
  json.close('}');
  return out;
}

Result<TraceReport> parse_trace_report(std::string_view json) {
  VC_TRY(const auto document, wire::JsonDocument::parse(json));
  const wire::JsonValue root = document.root();
  VC_CHECK(wire::require_object(root, "a trace report"));
  TraceReport report;
  VC_TRY(const auto version, number(root, "version", 0));
  if (version != kReportVersion) {
    return fail(Errc::invalid, fmt::format("version {} is unknown here", version));
  }
  VC_TRY(const auto task, wire::required_text(root, "task"));
  VC_TRY(report.task, shown_path(task));
  VC_TRY(const auto directory, wire::optional_text(root, "directory"));
  VC_TRY(report.directory, shown_path(directory));
  VC_TRY(const auto key, wire::optional_text(root, "key"));
  VC_TRY(report.key, shown_path(key));
  VC_TRY(report.succeeded, wire::optional_boolean(root, "succeeded"));
  VC_TRY(report.counts.calls, number(root, "calls", 0));
  VC_TRY(report.counts.outside, number(root, "outside", 0));
  VC_TRY(report.counts.unreadable, number(root, "unreadable", 0));
  VC_TRY(report.counts.dropped, number(root, "dropped", 0));
  VC_TRY(report.left_out, number(root, "left_out", 0));
  const auto findings = root.find("findings");
  if (!findings || (*findings)->kind != wire::JsonKind::array) {
    return fail(Errc::invalid, "\"findings\" must be an array");
  }
  for (auto value = findings->first(); !(value == findings->end()); value = value.next()) {
    VC_TRY(Finding finding, read_finding(value));
    report.findings.push_back(std::move(finding));
  }
  return report;
}

Result<void> save_trace_report(const fs::path& state_directory, const TraceReport& report) {
  VC_CHECK(make_state_directory(state_directory, kTraceDirectory));
  return write_file_atomically(report_file(state_directory, report.task), to_json(report));
}

Result<std::optional<TraceReport>> load_trace_report(const fs::path& state_directory,
                                                     std::string_view label) {
  const fs::path file = report_file(state_directory, label);
  VC_TRY(const auto text, read_file_if_exists(file, kTraceReportBytesMax));
  if (!text) {
    return std::nullopt;
  }
  auto report = parse_trace_report(*text);
  if (!report) {
    return std::unexpected(std::move(report).error().within(file.string()));
  }
  return *std::move(report);
}

Result<std::vector<TraceReport>> load_trace_reports(const fs::path& state_directory) {
  std::vector<TraceReport> out;
  std::error_code error;
  for (fs::directory_iterator entry(state_directory / kTraceDirectory, error), end;
       !error && entry != end; entry.increment(error)) {
    if (entry->path().filename().string().starts_with(kTemporaryPrefix)) {
      continue;
    }
    VC_TRY(const std::string text, read_file(entry->path(), kTraceReportBytesMax));
    auto report = parse_trace_report(text);
    if (!report) {
      return std::unexpected(std::move(report).error().within(entry->path().string()));
    }
    out.push_back(*std::move(report));
  }
  std::ranges::sort(out, {}, &TraceReport::task);
  return out;
}

}  // namespace vc::agent
