#include "agent/explain/run_summary_file.hpp"

#include "agent/explain/task_notes.hpp"
#include "agent/key_json.hpp"
#include "agent/state_directory.hpp"
#include "agent/verify/verification_report.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <functional>

namespace vc::agent {

namespace {

constexpr std::string_view kSummaryDirectory = "runs";

std::string_view source_of(TaskResult result) {
  switch (result) {
    case TaskResult::hit_local:
      return "local";
    case TaskResult::hit_remote:
      return "remote";
    case TaskResult::succeeded:
    case TaskResult::failed:
    case TaskResult::interrupted:
    case TaskResult::skipped:
      break;
  }
  return "none";
}

void write_totals(wire::JsonWriter& json, const Summary& summary) {
  json.name("totals");
  json.open('{');
  json.member("tasks", std::uint64_t{summary.tasks});
  json.member("cached_local", std::uint64_t{summary.hits_local});
  json.member("cached_remote", std::uint64_t{summary.hits_remote});
  json.member("executed", std::uint64_t{summary.executed});
  json.member("failed", std::uint64_t{summary.failed});
  json.member("interrupted", std::uint64_t{summary.interrupted});
  json.member("not_run", std::uint64_t{summary.not_run});
  json.member("verified", std::uint64_t{summary.verified});
  json.member("not_reproduced", std::uint64_t{summary.not_reproduced});
  json.member("wall_ms", summary.wall_ms);
  json.member("saved_ms", summary.saved_ms);
  json.member("bytes_down", summary.bytes_down);
  json.member("bytes_up", summary.bytes_up);
  json.member("critical_task", summary.critical_task);
  json.member("critical_ms", summary.critical_ms);
  json.close('}');
}

void write_summarized_task(wire::JsonWriter& json, const FinishedRun& finished, TaskId task) {
  const TaskNode& node = finished.run.node(task);
  const TaskReport& report = finished.reports[task];
  json.open('{');
  json.member("task", node.label);
  json.member("package", finished.run.workspace.packages[node.package].name);
  json.member("directory", finished.run.workspace.packages[node.package].directory);
  write_key(json, finished.run.key(task));
  json.member("result", node.has_command ? name_of(report.result) : "no_command");
  json.member("source", source_of(report.result));
  json.member("duration_ms", report.duration_ms);
  if (report.result == TaskResult::failed) {
    json.member("exit_status", static_cast<std::uint64_t>(report.exit_status));
    json.member("why", report.why);
  }
  write_verification(json, report);
  json.name("dependencies");
  json.open('[');
  for (const TaskId dependency : node.dependencies) {
    json.text(finished.run.node(dependency).label);
  }
  json.close(']');
  json.name("ingredients");
  json.open('[');
  for (const Ingredient& ingredient :
       notes_of(node.label, finished.run.fingerprints[task], {}).ingredients) {
    json.open('{');
    json.member("kind", name_of(ingredient.kind));
    json.member("name", ingredient.name);
    json.member("value", ingredient.value);
    json.close('}');
  }
  json.close(']');
  json.close('}');
}

void remove_older(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code failure;
  for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->path().extension() == ".json") {
      files.push_back(entry->path());
    }
  }
  std::ranges::sort(files, std::greater{});
  for (std::size_t i = kRunSummariesKept; i < files.size(); ++i) {
    fs::remove(files[i], failure);
  }
}

}  // namespace

std::string run_summary_json(const FinishedRun& finished) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("version", std::uint64_t{1});
  json.member("id", id_of(finished));
  json.member("agent", VC_VERSION);
  json.member("fingerprint_version", std::uint64_t{kFingerprintVersion});
  json.member("started_ms",
              static_cast<std::uint64_t>(finished.started.time_since_epoch().count()));
  json.member("exit_code", static_cast<std::uint64_t>(finished.exit_code));
  json.member("remote", finished.remote);
  json.name("requested");
  json.open('[');
  for (const std::string& task : finished.requested) {
    json.text(task);
  }
  json.close(']');
  write_totals(json, finished.summary);
  json.name("tasks");
  json.open('[');
  for (TaskId task = 0; task < finished.reports.size(); ++task) {
    write_summarized_task(json, finished, task);
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

Result<fs::path> write_run_summary(const FinishedRun& finished) {
  const fs::path& state = finished.run.state_directory;
  VC_CHECK(make_state_directory(state, kSummaryDirectory));
  fs::path file = state / kSummaryDirectory / (id_of(finished) + ".json");
  VC_CHECK(write_file_atomically(file, run_summary_json(finished)));
  remove_older(state / kSummaryDirectory);
  return file;
}

}  // namespace vc::agent
