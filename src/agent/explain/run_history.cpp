#include "agent/explain/run_history.hpp"

#include "agent/state_directory.hpp"
#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr const char* kHistoryFile = "history";

void write_texts(wire::JsonWriter& json, std::string_view name,
                 const std::vector<std::string>& texts) {
  json.name(name);
  json.open('[');
  for (const std::string& text : texts) {
    json.text(text);
  }
  json.close(']');
}

Result<std::uint64_t> number_of(wire::JsonValue object, std::string_view name) {
  VC_TRY(const auto number, wire::optional_integer(object, name));
  return number.value_or(0);
}

// Label and milliseconds by turns: `["web#build", 120, ...]`.
std::vector<TimedTask> executed_of(wire::JsonValue object) {
  std::vector<TimedTask> out;
  const auto list = object.find("executed");
  if (!list || list->node().kind != wire::JsonKind::array) {
    return out;
  }
  for (auto value = list->first(); value != list->end(); value = value.next()) {
    if (value->kind == wire::JsonKind::string) {
      out.push_back({.label = std::string(value->text)});
    } else if (value->kind == wire::JsonKind::integer && !out.empty()) {
      out.back().duration_ms = value->number;
    }
  }
  return out;
}

Result<RecordedRun> parse(std::string_view line) {
  VC_TRY(const auto document, wire::JsonDocument::parse(line));
  const wire::JsonValue root = document.root();
  VC_CHECK(wire::require_object(root, "a line of the history"));
  RecordedRun run;
  VC_TRY(run.time_ms, number_of(root, "time_ms"));
  VC_TRY(run.wall_ms, number_of(root, "wall_ms"));
  VC_TRY(run.saved_ms, number_of(root, "saved_ms"));
  VC_TRY(run.bytes_down, number_of(root, "bytes_down"));
  VC_TRY(run.bytes_up, number_of(root, "bytes_up"));
  VC_TRY(run.hits_remote, number_of(root, "hits_remote"));
  VC_TRY(const std::uint64_t code, number_of(root, "exit_code"));
  run.exit_code = static_cast<int>(code & 0xFF);
  VC_TRY(run.requested, wire::optional_texts(root, "requested"));
  VC_TRY(run.hits, wire::optional_texts(root, "hits"));
  VC_TRY(run.failed, wire::optional_texts(root, "failed"));
  run.executed = executed_of(root);
  return run;
}

Result<void> append_line(const fs::path& file, std::string_view line) {
  VC_TRY(const UniqueFd fd, open_file(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC));
  return write_all(fd.get(), as_bytes(line));
}

// The newer half, from the beginning of a line.
Result<void> shorten(const fs::path& file, std::uint64_t bytes_max) {
  VC_TRY(const std::string text, read_file(file, 4 * bytes_max + (1 << 20)));
  if (text.size() <= bytes_max) {
    return {};
  }
  const std::size_t end = text.find('\n', text.size() - bytes_max / 2);
  return write_file_atomically(
      file, end == std::string::npos ? "" : std::string_view(text).substr(end + 1));
}

}  // namespace

std::string id_of(const FinishedRun& finished) {
  return fmt::format("{:013}-{}", finished.started.time_since_epoch().count(), ::getpid());
}

RecordedRun recorded(const FinishedRun& finished) {
  const Summary& summary = finished.summary;
  RecordedRun out{
      .time_ms = static_cast<std::uint64_t>(finished.started.time_since_epoch().count()),
      .wall_ms = summary.wall_ms,
      .saved_ms = summary.saved_ms,
      .bytes_down = summary.bytes_down,
      .bytes_up = summary.bytes_up,
      .hits_remote = summary.hits_remote,
      .exit_code = finished.exit_code,
      .requested = finished.requested};
  for (TaskId task = 0; task < finished.reports.size(); ++task) {
    const TaskReport& report = finished.reports[task];
    if (!finished.run.node(task).has_command) {
      continue;
    }
    switch (report.result) {
      case TaskResult::hit_local:
      case TaskResult::hit_remote:
        out.hits.push_back(report.label);
        break;
      case TaskResult::succeeded:
        out.executed.push_back({.label = report.label, .duration_ms = report.duration_ms});
        break;
      case TaskResult::failed:
        out.failed.push_back(report.label);
        break;
      case TaskResult::interrupted:
      case TaskResult::skipped:
        break;
    }
  }
  return out;
}

std::string history_line(const RecordedRun& run) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("time_ms", run.time_ms);
  json.member("wall_ms", run.wall_ms);
  json.member("exit_code", static_cast<std::uint64_t>(run.exit_code));
  json.member("saved_ms", run.saved_ms);
  json.member("bytes_down", run.bytes_down);
  json.member("bytes_up", run.bytes_up);
  json.member("hits_remote", run.hits_remote);
  write_texts(json, "requested", run.requested);
  write_texts(json, "failed", run.failed);
  json.name("executed");
  json.open('[');
  for (const TimedTask& task : run.executed) {
    json.text(task.label);
    json.integer(task.duration_ms);
  }
  json.close(']');
  write_texts(json, "hits", run.hits);
  json.close('}');
  return out + "\n";
}

std::optional<RecordedRun> parse_history_line(std::string_view line) {
  auto run = parse(line);
  return run ? std::optional(*std::move(run)) : std::nullopt;
}

Result<void> append_history(const fs::path& state_directory, const RecordedRun& run,
                            std::uint64_t bytes_max) {
  VC_CHECK(make_state_directory(state_directory));
  const fs::path file = state_directory / kHistoryFile;
  VC_CHECK(append_line(file, history_line(run)));
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  return !failure && bytes > bytes_max ? shorten(file, bytes_max) : Result<void>();
}

std::vector<RecordedRun> read_history(const fs::path& state_directory) {
  std::vector<RecordedRun> runs;
  const auto text = read_file(state_directory / kHistoryFile);
  for (std::string_view rest = text ? std::string_view(*text) : ""; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (auto run = parse_history_line(rest.substr(0, end))) {
      runs.push_back(*std::move(run));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return runs;
}

}  // namespace vc::agent
