#include "agent/run/task_runner.hpp"

#include "agent/exit_code.hpp"
#include "agent/quantities.hpp"
#include "agent/run/changed_outputs.hpp"
#include "agent/run/edited_notice.hpp"
#include "agent/run/exit_reason.hpp"
#include "agent/trace/run_trace.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <latch>
#include <memory>

namespace vc::agent {

namespace {

// As a shell says that it could not run a command.
constexpr int kStatusNotFound = 127;
constexpr int kStatusNotStarted = 126;
// As timeout(1) says that it ended one.
constexpr int kStatusTimedOut = 124;

std::uint64_t milliseconds_of(std::chrono::seconds time) {
  return static_cast<std::uint64_t>(std::chrono::milliseconds(time).count());
}

std::string reason_of(const ProcessExit& exit, std::chrono::seconds timeout) {
  if (exit.timed_out) {
    return "timed out after " + duration_text(milliseconds_of(timeout));
  }
  return exit_reason(exit);
}

}  // namespace

TaskRunner::TaskRunner(RunContext& context, Processes& processes, Transfers& transfers,
                       PersistentRun& persistent)
    : context_(context),
      command_(context, processes),
      persistent_(persistent),
      guard_(context),
      store_(context, transfers),
      transfers_(transfers),
      late_(context),
      older_(context),
      edited_(context.graph.tasks.size()) {}

std::optional<TaskReport> TaskRunner::restore(TaskId task, TaskLookup& lookup,
                                              const std::stop_token& stop) {
  std::optional<TaskLock> lock;
  std::optional<TaskReport> report;
  if (lookup.is_keyed && !depends_on_edited(task)) {
    report = lookup.is_verified ? verify(task, lookup, stop) : take(task, lookup, stop, lock);
  }
  lookup.is_refused = !report;
  return report;
}

TaskReport TaskRunner::run(TaskId task, TaskLookup& lookup, const std::stop_token& stop) {
  if (!lookup.is_keyed || depends_on_edited(task)) {
    edited_[task] = true;
    return execute(task, Place::never_cached, stop,
                   lookup.is_keyed ? "a dependency failed or was edited during this run"
                                   : "what a dependency has made is not known, or no longer");
  }
  std::optional<TaskLock> lock;
  if (auto report = take(task, lookup, stop, lock)) {
    return *std::move(report);
  }
  if (auto report = take_late(task, lookup, stop)) {
    return *std::move(report);
  }
  return execute(task, lookup.place, stop);
}

std::optional<TaskReport> TaskRunner::take(TaskId task, const TaskLookup& lookup,
                                           const std::stop_token& stop,
                                           std::optional<TaskLock>& lock) {
  if (lookup.place == Place::current && !lookup.is_refused) {
    // What has executed before it may have removed what was in place: a `clean` does.
    auto report = lookup.is_in_turn ? take_current(task) : keep_in_place(task, lookup);
    if (report) {
      return report;
    }
  }
  if (auto report = make_ready(task, stop, lock)) {
    return report;
  }
  if (lock && lock->waited()) {
    if (auto report = take_current(task)) {
      return report;
    }
  }
  return take_from_cache(task, lookup, stop);
}

std::optional<TaskReport> TaskRunner::make_ready(TaskId task, const std::stop_token& stop,
                                                 std::optional<TaskLock>& lock) {
  auto acquired = TaskLock::acquire(context_.state_directory, context_.node(task).label, stop);
  if (acquired) {
    lock.emplace(*std::move(acquired));
  } else if (acquired.error().code == Errc::canceled) {
    return interrupted(task, 0);
  } else if (!told_no_lock_.exchange(true)) {
    context_.progress.notice(Severity::warning,
                             "concurrent runs are not kept apart: " + acquired.error().message);
  }
  if (const auto overlap = guard_.check(task); !overlap) {
    return not_started(task, FailureCause::configuration,
                       overlap.error().message + "; " + overlap.error().hint);
  }
  return std::nullopt;
}

TaskReport TaskRunner::report_of(TaskId task, TaskResult result, std::uint64_t duration_ms) const {
  return {.label = context_.node(task).label,
          .key = context_.key(task),
          .result = result,
          .duration_ms = duration_ms};
}

TaskReport TaskRunner::hit(TaskId task, TaskResult result, const OutputRecord& record) {
  TaskReport report = report_of(task, result, record.duration_ms);
  if (context_.node(task).outputs_count) {
    report.outputs = outputs_digest(record.entries);
  }
  context_.progress.hit(report, record.log);
  return report;
}

TaskReport TaskRunner::not_started(TaskId task, FailureCause cause, std::string why) {
  edited_[task] = true;
  TaskReport report = report_of(task, TaskResult::failed, 0);
  report.cause = cause;
  report.exit_status =
      to_int(cause == FailureCause::configuration ? ExitCode::usage : ExitCode::task_failed);
  report.why = std::move(why);
  context_.progress.finished(report);
  return report;
}

TaskReport TaskRunner::keep_in_place(TaskId task, const TaskLookup& lookup) {
  std::optional<OutputRecord> read;
  if (!lookup.record) {
    // Its log was too long to keep in memory. Should the record be gone by now, so is the log.
    read = read_output_record(context_.state_directory, context_.node(task).label)
               .value_or(OutputRecord{.duration_ms = lookup.duration_ms});
  }
  TaskReport report = hit(task, TaskResult::hit_local, lookup.record ? *lookup.record : *read);
  report.outputs = lookup.outputs;  // The record in memory has no entries.
  return report;
}

TaskReport TaskRunner::interrupted(TaskId task, std::uint64_t duration_ms) {
  TaskReport report = report_of(task, TaskResult::interrupted, duration_ms);
  context_.progress.finished(report);
  return report;
}

// What another process may have left while we waited for it.
std::optional<TaskReport> TaskRunner::take_current(TaskId task) {
  if (context_.options.reuse == Reuse::forbidden || !can_read(context_.options.local)) {
    return std::nullopt;
  }
  const auto record = read_output_record(context_.state_directory, context_.node(task).label);
  if (!record || record->key != context_.key(task) ||
      !outputs_are_current(context_.scopes.of(task), *record, context_.options.verification)) {
    return std::nullopt;
  }
  return hit(task, TaskResult::hit_local, *record);
}

std::optional<TaskReport> TaskRunner::take_from_cache(TaskId task, const TaskLookup& lookup,
                                                      const std::stop_token& stop) {
  if (context_.options.reuse == Reuse::forbidden || lookup.place == Place::never_cached ||
      lookup.is_refused) {
    return std::nullopt;
  }
  const auto record = restore_cached(task, lookup, stop);
  if (!record) {
    return std::nullopt;
  }
  return hit(task, lookup.place == Place::remote ? TaskResult::hit_remote : TaskResult::hit_local,
             *record);
}

std::optional<OutputRecord> TaskRunner::restore_cached(TaskId task, const TaskLookup& lookup,
                                                       const std::stop_token& stop) {
  const bool is_remote = lookup.place == Place::remote;
  auto entry = is_remote ? context_.tiers.find_written(context_.key(task))
                         : context_.tiers.find(context_.key(task));
  if (!entry) {
    return std::nullopt;
  }
  LocalCache& cache = *entry->cache;
  auto record = restore(task, *std::move(entry));
  if (record && lookup.outputs && outputs_digest(record->entries) != *lookup.outputs) {
    // Keys of others were made with what was said about it.
    cache.remove(context_.key(task));
    record = fail(Errc::corrupt, "it holds other outputs than its seal says");
  }
  if (!record) {
    warn(task, "the cached result is not used: " + record.error().message);
    if (is_remote && lookup.artifact && record.error().code == Errc::corrupt) {
      context_.remote->report(context_.key(task), lookup.artifact->scope, record.error().message,
                              stop);
    }
    return std::nullopt;
  }
  return *std::move(record);
}

std::optional<TaskReport> TaskRunner::take_late(TaskId task, TaskLookup& lookup,
                                                const std::stop_token& stop) {
  std::optional<RemoteArtifact> artifact = late_.ask(task, lookup, stop);
  if (!artifact) {
    return std::nullopt;
  }
  lookup.place = Place::remote;
  lookup.artifact = std::move(artifact);
  // Shared: whoever counts down may still be at it when we go on.
  const auto is_here = std::make_shared<std::latch>(1);
  transfers_.download(task, *lookup.artifact, [is_here] { is_here->count_down(); });
  is_here->wait();
  return take_from_cache(task, lookup, stop);
}

Result<OutputRecord> TaskRunner::restore(TaskId task, TierEntry entry) {
  const Profile::Span span = context_.profiled("restore", task);
  const RestoreRequest request{.scope = context_.scopes.of(task),
                               .state_directory = context_.state_directory,
                               .key = context_.key(task),
                               .archive_sha256 = entry.entry.sha256,
                               .label = context_.node(task).label};
  auto restored = restore_outputs(request, archive_source(entry.entry));
  if (!restored) {
    if (restored.error().code == Errc::corrupt) {
      entry.cache->remove(context_.key(task));
    }
    return std::unexpected(std::move(restored).error());
  }
  OutputRecord record{.key = context_.key(task),
                      .duration_ms = restored->manifest.duration_ms,
                      .log = std::move(restored->log),
                      .entries = std::move(restored->manifest.outputs),
                      .verified_at = restored->verified_at};
  if (can_write(context_.options.local)) {
    store_.write_record(task, record);
  }
  return record;
}

TaskReport TaskRunner::execute(TaskId task, Place place, const std::stop_token& stop,
                               std::string reason) {
  const auto ready = persistent_.require_for(task, stop);
  if (stop.stop_requested()) {
    return interrupted(task, 0);
  }
  if (!ready) {
    return not_started(task, FailureCause::command, ready.error().message);
  }
  if (reason.empty() && place == Place::never_cached) {
    reason = "cache: false";
  } else if (reason.empty() && context_.options.reuse == Reuse::forbidden) {
    reason = context_.trace == nullptr ? "--force" : "--trace";
  } else if (reason.empty() && context_.miss_reason) {
    reason = context_.miss_reason(task);
  }
  context_.progress.started(context_.node(task).label, context_.key(task), reason);

  auto attempt = attempt_until_it_succeeds(task, stop);
  if (!attempt) {
    return not_started(task, FailureCause::command,
                       "its old outputs could not be removed: " + attempt.error().message);
  }
  auto& exit = attempt->exit;
  TaskLog& log = attempt->log;
  const std::uint64_t duration_ms = attempt->duration_ms;
  if (stop.stop_requested() && !(exit && exit->succeeded())) {
    return interrupted(task, duration_ms);
  }
  if (!exit) {
    const bool is_missing = exit.error().code == Errc::not_found;
    const std::string said = exit.error().message +
                             (exit.error().hint.empty() ? "" : " (" + exit.error().hint + ")") +
                             "\n";
    log.append(OutputStream::err, {}, said);
    context_.progress.output(context_.node(task).label, OutputStream::err, said);
    exit = ProcessExit{.status = is_missing ? kStatusNotFound : kStatusNotStarted};
  }
  if (!exit->succeeded()) {
    return failed(task, *attempt);
  }
  const bool is_cacheable = context_.node(task).definition.is_cached();
  const StartedFrom started_from = older_.of_executed(task, attempt->started_from);
  std::optional<Digest> made;
  const std::vector<std::string> edited = inputs_edited_meanwhile(task);
  if (!edited.empty()) {
    edited_[task] = true;
    if (const std::string notice = edited_notice(context_, task, edited); !notice.empty()) {
      warn(task, notice);
    }
  } else if (!is_cacheable) {
    made = store_.made_by(task);
  } else if (!edited_[task]) {
    made = store_.keep(
        {.task = task, .duration_ms = duration_ms, .log = &log, .started_from = started_from});
  }
  TaskReport report = report_of(task, TaskResult::succeeded, duration_ms);
  report.attempts = attempt->number;
  report.outputs = made;
  context_.progress.finished(report);
  return report;
}

Result<TaskRunner::Attempt> TaskRunner::attempt_until_it_succeeds(TaskId task,
                                                                  const std::stop_token& stop) {
  const ExecutionRules& rules = context_.node(task).definition.rules;
  for (unsigned number = 1;; ++number) {
    VC_TRY(Attempt attempt, attempt_once(task, number));
    // A command that could not be started will not start the next time either.
    const bool may_retry = attempt.exit && !attempt.exit->succeeded() && number <= rules.retries;
    if (!may_retry || stop.stop_requested()) {
      return attempt;
    }
    context_.progress.remark(context_.node(task).label,
                             fmt::format("{} attempt failed: {}", ordinal_text(number),
                                         reason_of(*attempt.exit, rules.timeout)));
  }
}

Result<TaskRunner::Attempt> TaskRunner::attempt_once(TaskId task, unsigned number) {
  Attempt attempt{.number = number};
  if (context_.node(task).definition.incremental) {
    const auto before = collect_outputs(context_.scopes.of(task));
    attempt.started_from =
        before && before->entries.empty() ? StartedFrom::empty : StartedFrom::older_outputs;
  }
  {
    const auto span = context_.profiled("remove old outputs", task);
    VC_CHECK(make_room(task));
  }
  const auto span = context_.profiled("run command", task);
  attempt.exit = run_command(task, attempt.log, attempt.duration_ms);
  return attempt;
}

// The record goes first: from here on nothing on disk is believed to be this task's result until it
// has ended well.
Result<void> TaskRunner::make_room(TaskId task) const {
  VC_CHECK(remove_output_record(context_.state_directory, context_.node(task).label));
  if (context_.node(task).definition.incremental) {
    return {};
  }
  return remove_outputs(context_.scopes.of(task));
}

Result<ProcessExit> TaskRunner::run_command(TaskId task, TaskLog& log, std::uint64_t& duration_ms) {
  const TaskNode& node = context_.node(task);
  ScriptProcesses command = command_.processes_of(task);
  for (ProcessSpec& process : command.processes) {
    process.tracer = context_.trace == nullptr ? nullptr : &context_.trace->tracer_of(task);
  }

  const SteadyTime start = context_.clock.steady_now();
  auto exit = command_.run(
      std::move(command), node.definition.rules.timeout,
      [&](OutputStream stream, std::chrono::milliseconds since_start, std::string_view bytes) {
        log.append(stream, since_start, bytes);
        context_.progress.output(node.label, stream, bytes);
      });
  duration_ms = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(context_.clock.steady_now() - start)
          .count());
  return exit;
}

TaskReport TaskRunner::failed(TaskId task, const Attempt& attempt) {
  edited_[task] = true;  // What runs after it in spite of this is not made of what it should be.
  const ProcessExit& exit = *attempt.exit;
  TaskReport report = report_of(task, TaskResult::failed, attempt.duration_ms);
  report.exit_status = exit.signal != 0 ? exit_code_of_signal(exit.signal) : exit.status;
  if (exit.timed_out) {
    report.exit_status = kStatusTimedOut;
    report.cause = FailureCause::timeout;
  }
  report.why = reason_of(exit, context_.node(task).definition.rules.timeout);
  report.attempts = attempt.number;
  report.log = attempt.log.encoded();
  if (context_.options.env_mode == EnvMode::strict) {
    report.withheld_variables =
        withheld_variables(context_.node(task).definition, context_.config, context_.environment);
  }
  context_.progress.finished(report);
  return report;
}

// A source-only dependency, and one that has not ended, have no run of their own after which their
// files would be looked at.
std::vector<std::string> TaskRunner::inputs_edited_meanwhile(TaskId task) {
  std::vector<std::string> edited =
      changed_inputs(context_.config.root, context_.fingerprints[task], context_.index);
  if (!edited_[task]) {  // Else nobody believes in its key.
    std::ranges::move(changed_outputs(context_, task), std::back_inserter(edited));
  }
  for (const TaskId dependency : context_.node(task).dependencies) {
    const TaskNode& node = context_.node(dependency);
    if (!node.has_command || node.definition.rules.persistent) {
      std::ranges::move(inputs_edited_meanwhile(dependency), std::back_inserter(edited));
    }
  }
  return edited;
}

bool TaskRunner::depends_on_edited(TaskId task) const {
  return std::ranges::any_of(context_.node(task).dependencies, [&](TaskId dependency) {
    // A node without a command never runs, so nobody has marked it: what is behind it counts.
    return context_.node(dependency).has_command ? edited_[dependency].load()
                                                 : depends_on_edited(dependency);
  });
}

void TaskRunner::warn(TaskId task, std::string_view text) {
  context_.progress.notice(Severity::warning,
                           fmt::format("{}: {}", context_.node(task).label, text));
}

}  // namespace vc::agent
