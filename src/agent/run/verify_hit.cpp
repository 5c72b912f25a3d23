// The part of TaskRunner behind `run --verify`: a hit is put in place, made again from a clean
// start, and compared with what the artifact holds.
//
// A verification observes: whatever it finds, the run leaves the same outputs as it would have left
// without, and its dependents see the same. So a result that differs is put back from its artifact,
// and one task's fault is not found again in every task behind it. Nothing is stored or uploaded; a
// result that is not what its key promises is dropped from the local cache.
#include "agent/run/exit_reason.hpp"
#include "agent/run/task_runner.hpp"
#include "agent/verify/output_comparison.hpp"

#include <utility>

namespace vc::agent {

namespace {

HitVerification verification(VerifyOutcome outcome, std::string why) {
  return {.outcome = outcome, .why = std::move(why), .found = {}, .log = {}};
}

HitVerification made_nothing(std::string why) {
  return verification(VerifyOutcome::failed, std::move(why));
}

}  // namespace

std::optional<TaskReport> TaskRunner::verify(TaskId task, const TaskLookup& lookup,
                                             const std::stop_token& stop) {
  std::optional<TaskLock> lock;
  if (auto report = make_ready(task, stop, lock)) {
    return report;
  }
  const auto cached = restore_cached(task, lookup, stop);
  if (!cached) {
    return std::nullopt;
  }
  context_.progress.verifying(context_.node(task).label, context_.key(task));
  CollectedOutputs made;
  HitVerification found = run_again(task, *cached, made, stop);
  if (stop.stop_requested()) {
    return interrupted(task, 0);  // No record: the next run puts its outputs in place.
  }
  if (found.outcome == VerifyOutcome::same) {
    if (can_write(context_.options.local)) {
      store_.write_record(task, {.key = cached->key,
                                 .duration_ms = cached->duration_ms,
                                 .log = cached->log,
                                 .entries = std::move(made.entries),
                                 .verified_at = made.verified_at});
    }
  } else if (!restore_cached(task, lookup, stop)) {
    return not_started(task, FailureCause::command,
                       "its cached result could not be put back after it was verified");
  }
  if (found.is_mismatch() && can_write(context_.options.local)) {
    context_.tiers.remove(context_.key(task));
    // A record that stays would only make the next run believe what is in place.
    static_cast<void>(remove_output_record(context_.state_directory, context_.node(task).label));
  }
  const bool is_remote = lookup.place == Place::remote;
  TaskReport report = report_of(task, is_remote ? TaskResult::hit_remote : TaskResult::hit_local,
                                cached->duration_ms);
  if (context_.node(task).outputs_count) {
    report.outputs = outputs_digest(cached->entries);
  }
  report.verification = std::move(found);
  context_.progress.hit(report, "");  // What it printed is on the screen already.
  return report;
}

HitVerification TaskRunner::run_again(TaskId task, const OutputRecord& cached,
                                      CollectedOutputs& made, const std::stop_token& stop) {
  if (const auto ready = persistent_.require_for(task, stop); !ready) {
    return verification(VerifyOutcome::not_compared, ready.error().message);
  }
  // Also those of an `incremental` task: only what it makes from nothing is ever shared.
  const auto emptied = remove_outputs(context_.scopes.of(task));
  auto attempt = emptied ? attempt_until_it_succeeds(task, stop)
                         : Result<Attempt>(std::unexpected(emptied.error()));
  if (!attempt) {
    return made_nothing("its outputs could not be removed: " + attempt.error().message);
  }
  if (!attempt->exit) {
    return made_nothing(attempt->exit.error().message);
  }
  if (!attempt->exit->succeeded()) {
    HitVerification out = made_nothing(attempt->exit->timed_out ? std::string("timed out")
                                                                : exit_reason(*attempt->exit));
    out.log = attempt->log.encoded();
    return out;
  }
  if (const auto edited = inputs_edited_meanwhile(task); !edited.empty()) {
    warn(task, "its cached result is not verified: " + edited.front() + " changed meanwhile");
    return verification(VerifyOutcome::not_compared, edited.front() + " changed while it ran");
  }
  auto collected = collect_outputs(context_.scopes.of(task));
  if (!collected || !collected->uncacheable.empty()) {
    return made_nothing(collected ? collected->uncacheable : collected.error().message);
  }
  made = *std::move(collected);
  HitVerification out;
  out.found = compare_outputs(cached.entries, made.entries);
  out.outcome = out.found.total == 0 ? VerifyOutcome::same : VerifyOutcome::differs;
  return out;
}

}  // namespace vc::agent
