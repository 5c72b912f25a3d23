#include "agent/trace/run_trace.hpp"

#include <fmt/core.h>

#include <utility>

namespace vc::agent {

RunTrace::~RunTrace() {
  std::size_t ended = 0;
  for (const auto& [task, tracer] : tracers_) {
    ended += tracer->end_survivors();
  }
  if (ended > 0) {
    context_.progress.notice(
        Severity::warning,
        fmt::format("traced tasks have left {} background process{}, ended now: what is traced "
                    "cannot outlive the run",
                    ended, ended == 1 ? "" : "es"));
  }
}

Tracer& RunTrace::tracer_of(TaskId task) {
  const std::scoped_lock lock(mutex_);
  std::unique_ptr<Tracer>& tracer = tracers_[task];
  if (tracer == nullptr) {
    tracer = std::make_unique<Tracer>(context_.config.root);
  }
  return *tracer;
}

void RunTrace::finish(TaskId task, TaskResult result) {
  Tracer* tracer = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = tracers_.find(task);
    if (found == tracers_.end()) {
      return;  // Not executed.
    }
    tracer = found->second.get();
  }
  Trace trace = tracer->finish();
  if (const auto why = tracer->untraced()) {
    warn_once("tasks run untraced: " + *why);
    const std::scoped_lock lock(mutex_);
    ++untraced_;
    return;
  }
  if (result == TaskResult::interrupted) {
    return;
  }
  const TaskNode& node = context_.node(task);
  TraceReport report{
      .task = node.label,
      .directory = context_.workspace.packages[node.package].directory,
      .key = context_.key(task).hex(),
      .succeeded = result == TaskResult::succeeded,
      .counts = trace.counts,
      .findings = find_uncovered(trace.accesses, TaskCoverage(context_, workspace_, task))};
  if (const auto saved = save_trace_report(context_.state_directory, report); !saved) {
    warn_once("trace reports are not kept: " + saved.error().message);
  }
  tell(report);
}

void RunTrace::tell(const TraceReport& report) {
  {
    const std::scoped_lock lock(mutex_);
    ++(report.findings.empty() ? clean_ : findings_);
  }
  if (report.counts.unreadable + report.counts.dropped > 0) {
    context_.progress.notice(
        Severity::warning,
        fmt::format("{}: the trace is incomplete: {} calls of processes that do not let themselves "
                    "be read, {} paths beyond the limit of {}",
                    report.task, report.counts.unreadable, report.counts.dropped, kTracedPathsMax));
  }
  if (!report.findings.empty()) {
    std::string text = fmt::format("{}: not in its definition: {}\n{}", report.task,
                                   trace_summary(report), trace_table(report, kTraceLinesMax));
    text.pop_back();
    context_.progress.notice(Severity::warning, text);
  }
}

std::string RunTrace::summary() const {
  const std::scoped_lock lock(mutex_);
  const std::size_t traced = clean_ + findings_;
  std::string out = fmt::format("traced {} task{}", traced, traced == 1 ? "" : "s");
  if (traced > 0) {
    out += findings_ == 0 ? ": all they read and wrote is declared"
                          : fmt::format(
                                ": {} declare all they read and wrote, {} do{} not; "
                                "`velocity-cli trace --fix` proposes what to add",
                                clean_, findings_, findings_ == 1 ? "es" : "");
  }
  return untraced_ == 0 ? out : out + fmt::format("; {} ran untraced", untraced_);
}

void RunTrace::warn_once(std::string_view text) {
  {
    const std::scoped_lock lock(mutex_);
    if (told_ == text) {
      return;
    }
    told_ = text;
  }
  context_.progress.notice(Severity::warning, text);
}

}  // namespace vc::agent
