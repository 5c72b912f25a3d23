#include "agent/commands/run.hpp"

#include "agent/commands/here.hpp"
#include "agent/commands/pick_task.hpp"
#include "agent/commands/session.hpp"
#include "agent/executor.hpp"
#include "agent/explain/keep_run.hpp"
#include "agent/explain/notes_upload.hpp"
#include "agent/explain/run_history.hpp"
#include "agent/explain/trusted_reasons.hpp"
#include "agent/posix_processes.hpp"
#include "agent/reaper.hpp"
#include "agent/signal_watch.hpp"
#include "agent/summary.hpp"
#include "agent/trace/run_trace.hpp"
#include "agent/verify/verification_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <span>

namespace vc::agent {

namespace {

// Where a signal goes: to the executor while there is one, else it ends the process at once, for
// then there is nothing to finish.
class Interruption {
 public:
  void deliver(int signal) {
    const std::scoped_lock lock(mutex_);
    if (executor_ == nullptr) {
      std::_Exit(exit_code_of_signal(signal));
    }
    executor_->interrupt(signal);
  }

  void go_to(Executor* executor) {
    const std::scoped_lock lock(mutex_);
    executor_ = executor;
  }

 private:
  std::mutex mutex_;
  Executor* executor_ = nullptr;
};

bool is_set(const Environment& environment, std::string_view name) {
  const auto value = environment.find(name);
  return value && !value->empty() && *value != "0" && *value != "false";
}

int exit_code_of(const RunOutcome& outcome) {
  if (outcome.signal != 0) {
    return exit_code_of_signal(outcome.signal);
  }
  ExitCode code = ExitCode::ok;
  for (const TaskReport& report : outcome.reports) {
    if (report.result == TaskResult::failed && report.cause != FailureCause::configuration) {
      return to_int(ExitCode::task_failed);
    }
    if (report.result == TaskResult::failed) {
      code = ExitCode::usage;
    }
  }
  const bool has_mismatch = count_verified(outcome.reports).mismatches > 0;
  return to_int(code == ExitCode::ok && has_mismatch ? ExitCode::cache_required : code);
}

int stop_for(std::string_view broken_requirement, CommandContext& context) {
  context.err << "error: --remote=required: " << broken_requirement << '\n';
  return to_int(ExitCode::cache_required);
}

void tell_about_uploads(const TransferTotals& totals, Progress& progress) {
  if (totals.too_large > 0) {
    progress.notice(Severity::warning,
                    fmt::format("{} results are larger than the remote cache takes and stay here",
                                totals.too_large));
  }
}

Summary summary_of(const RunContext& run, std::span<const TaskReport> reports, SteadyTime start) {
  Summary summary = summarize(run.graph, reports);
  summary.wall_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(run.clock.steady_now() - start)
          .count());
  if (run.remote != nullptr) {
    summary.bytes_down = run.remote->bytes_down();
    summary.bytes_up = run.remote->bytes_up();
  }
  return summary;
}

// What a task that misses says when it starts.
void explain_misses(RunContext& run, const RunMemory& memory, TrustedReasons& elsewhere,
                    const LookupResult& lookups) {
  elsewhere.begin(lookups);
  run.miss_reason = [&memory, &elsewhere](TaskId task) {
    std::string reason = elsewhere.of(task);
    return reason.empty() ? memory.miss_reason(task) : reason;
  };
}

}  // namespace

ProgressOptions progress_options(const Environment& environment, const Terminal& terminal,
                                 OutputLogs logs, OutputFormat format) {
  ProgressOptions options{.logs = logs, .size = terminal.size};
  const bool is_terminal = terminal.is_terminal && format == OutputFormat::text;
  if (is_set(environment, "GITHUB_ACTIONS")) {
    options.style = ProgressStyle::github;
  } else if (is_set(environment, "GITLAB_CI")) {
    options.style = ProgressStyle::gitlab;
  } else if (is_terminal && environment.find("TERM").value_or("dumb") != "dumb") {
    options.style = ProgressStyle::live;
  }
  // https://no-color.org: set to anything but nothing.
  const bool no_colour = !environment.find("NO_COLOR").value_or("").empty();
  options.colour =
      !no_colour && (is_terminal || is_set(environment, "FORCE_COLOR")) ? Colour::on : Colour::off;
  return options;
}

int run_round(const RunArguments& arguments, const Round& round, CommandContext& context) {
  const TimePoint started =
      context.clock.now() - std::chrono::duration_cast<std::chrono::milliseconds>(
                                context.clock.steady_now() - round.start);
  RunContext& run = round.session.run_context();
  run.options.failure_policy = arguments.failure_policy;
  if (arguments.concurrency > 0) {
    run.options.concurrency = arguments.concurrency;
  }
  run.options.verify_percent = arguments.verify_percent;
  LookupResult lookups = round.session.look_up({});
  const std::string remote = round.session.describe_remote(lookups);
  if (const std::string broken = round.session.broken_requirement(); !broken.empty()) {
    return stop_for(broken, context);
  }

  round.progress.begin(remote, static_cast<std::size_t>(std::ranges::count(
                                   run.graph.tasks, true, &TaskNode::has_command)));
  RunMemory memory(run);
  TrustedReasons elsewhere(run, memory, context.http, context.pause);
  explain_misses(run, memory, elsewhere, lookups);
  const std::vector<bool> in_place = tasks_in_place(lookups);
  NotesUpload shared_notes(run, context.http, context.pause);
  shared_notes.begin(lookups);
  run.tasks_are_done = [&](auto reports) { shared_notes.tasks_are_done(reports); };
  RunOutcome outcome;
  std::optional<RunTrace> trace;
  if (arguments.tracing == Tracing::on) {
    run.trace = &trace.emplace(run);
  }
  {
    const Profile::Span span = profiled(context.profile, "run tasks");
    Executor executor(run, round.processes, std::move(lookups.tasks));
    round.interrupt_through(&executor);
    outcome = executor.run();
    round.interrupt_through(nullptr);
  }
  {
    const Profile::Span span = profiled(context.profile, "collect garbage");
    run.tiers.collect_garbage();
  }
  round.session.save_index();

  run.tasks_are_done = nullptr;
  const std::uint64_t notes_bytes = shared_notes.finish();
  Summary summary = summary_of(run, outcome.reports, round.start);
  summary.bytes_up += notes_bytes;
  tell_about_uploads(outcome.transfers, round.progress);
  const std::string verified =
      arguments.verify_percent ? verification_text(outcome.reports, arguments.logs) : "";
  round.progress.end(verified + (trace ? trace->summary() + "\n" : "") + render(summary));
  run.trace = nullptr;
  trace.reset();
  int code = exit_code_of(outcome);
  if (const std::string broken = round.session.broken_requirement();
      code == to_int(ExitCode::ok) && !broken.empty()) {
    code = stop_for(broken, context);
  }
  keep_run({.run = run,
            .reports = outcome.reports,
            .summary = summary,
            .requested = arguments.selection.tasks,
            .remote = remote,
            .exit_code = code,
            .started = started},
           memory, in_place, arguments.summarize ? Summarize::yes : Summarize::no);
  if (arguments.selection.format == OutputFormat::json) {
    context.out << to_json(summary, run.graph, outcome.reports, remote, code);
  }
  return code;
}

namespace {

// The tasks are those that failed; none when nothing did. nullopt: there is no workspace.
std::optional<RunArguments> with_last_failed(RunArguments arguments, CommandContext& context) {
  const auto here = find_here(context);
  if (!here) {
    return std::nullopt;
  }
  const std::vector<RecordedRun> runs = read_history(here->state_directory);
  if (!runs.empty()) {
    arguments.selection.tasks = runs.back().failed;
  }
  return arguments;
}

int run_selected(const RunArguments& arguments, CommandContext& context) {
  // Both before there is a second thread: fork copies one, and signals are blocked for those to
  // come.
  auto reaper = Reaper::start();
  Interruption interruption;
  auto watch = SignalWatch::start([&](int signal) { interruption.deliver(signal); });

  const SteadyTime start = context.clock.steady_now();
  const SelectionArguments& selection = arguments.selection;
  const bool is_json = selection.format == OutputFormat::json;
  const auto progress = make_progress(
      progress_options(context.environment, context.terminal, arguments.logs, selection.format),
      is_json ? context.err : context.out, context.err, context.clock);
  for (const std::string& problem :
       {reaper ? "" : reaper.error().message, watch ? "" : watch.error().message}) {
    if (!problem.empty()) {
      progress->notice(Severity::warning, "tasks may outlive an interrupted run: " + problem);
    }
  }

  auto session = Session::load(selection, Purpose::run, context, *progress);
  if (!session) {
    return to_int(session.error());
  }
  Reaper no_reaper;
  PosixProcesses processes(reaper ? *reaper : no_reaper, context.clock);
  return run_round(arguments,
                   {.session = **session,
                    .progress = *progress,
                    .processes = processes,
                    .start = start,
                    .interrupt_through = [&](Executor* executor) { interruption.go_to(executor); }},
                   context);
}

}  // namespace

int run_tasks(const RunArguments& given, CommandContext& context) {
  RunArguments asked = given;
  if (asked.selection.tasks.empty() && !asked.last_failed) {
    auto picked = pick_task(asked.selection.format, context);
    if (!picked) {
      return picked.error();
    }
    asked.selection.tasks = *std::move(picked);
  }
  const std::optional<RunArguments> chosen =
      asked.last_failed ? with_last_failed(asked, context) : std::optional(asked);
  if (!chosen) {
    return to_int(ExitCode::usage);
  }
  const RunArguments& arguments = *chosen;
  if (asked.last_failed && arguments.selection.tasks.empty()) {
    context.out << "nothing failed in the last run here\n";
    return to_int(ExitCode::ok);
  }
  if (arguments.profile.empty()) {
    return run_selected(arguments, context);
  }
  Profile profile(context.clock);
  context.profile = &profile;
  const int code = run_selected(arguments, context);
  context.profile = nullptr;
  if (const auto written = profile.write(context.directory / arguments.profile); !written) {
    context.err << "warning: no profile was written: " << written.error().message << '\n';
  }
  return code;
}

}  // namespace vc::agent
