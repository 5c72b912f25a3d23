#include "agent/explain/keep_run.hpp"

#include "agent/explain/failed_log.hpp"
#include "agent/explain/run_history.hpp"
#include "agent/explain/run_summary_file.hpp"
#include "agent/explain/step_summary.hpp"

namespace vc::agent {

namespace {

void keep_failed_logs(const FinishedRun& finished, const std::vector<bool>& in_place) {
  const fs::path& state = finished.run.state_directory;
  const bool has_older = has_failed_logs(state);
  for (TaskId task = 0; task < finished.reports.size(); ++task) {
    const TaskReport& report = finished.reports[task];
    if (report.result == TaskResult::failed) {
      static_cast<void>(write_failed_log(state, report.label, report.log));
    } else if (has_older && !in_place[task] && report.result != TaskResult::skipped) {
      remove_failed_log(state, report.label);
    }
  }
}

}  // namespace

void keep_run(const FinishedRun& finished, RunMemory& memory, const std::vector<bool>& in_place,
              Summarize summarize) {
  memory.record(finished.reports, in_place);
  keep_failed_logs(finished, in_place);
  Progress& progress = finished.run.progress;
  const auto told = [&](const Result<void>& done, std::string_view what) {
    if (!done) {
      progress.notice(Severity::warning, std::string(what) + ": " + done.error().message);
    }
  };
  told(append_history(finished.run.state_directory, recorded(finished)), "the run is not recorded");
  told(append_step_summary(finished), "no step summary");
  if (summarize == Summarize::yes) {
    const auto file = write_run_summary(finished);
    if (file) {
      progress.waiting("summary: " + file->string());
    } else {
      progress.notice(Severity::warning, "no summary is kept: " + file.error().message);
    }
  }
}

}  // namespace vc::agent
