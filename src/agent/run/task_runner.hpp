// TaskRunner: one task from its lookup to its report: taken from a cache and restored, or executed
// and stored.
//
// Whatever is wrong with a cached result ends in one warning and an execution; whatever is wrong
// with storing a result ends in one warning and a task that succeeded. Safe for concurrent use,
// each task by one thread.
#pragma once

#include "agent/run/late_lookup.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/older_outputs.hpp"
#include "agent/run/output_guard.hpp"
#include "agent/run/persistent_run.hpp"
#include "agent/run/result_store.hpp"
#include "agent/run/run_context.hpp"
#include "agent/run/task_command.hpp"
#include "agent/run/transfers.hpp"
#include "agent/task_lock.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace vc::agent {

class TaskRunner {
 public:
  // Everything must outlive the runner.
  TaskRunner(RunContext& context, Processes& processes, Transfers& transfers,
             PersistentRun& persistent);

  // Puts a cached result in place, whether or not its dependencies are done. Without a value it is
  // of no use, which has been told where it is a trouble: the lookup is marked as refused, and the
  // task is to be run in its turn.
  std::optional<TaskReport> restore(TaskId task, TaskLookup& lookup, const std::stop_token& stop);

  // Blocks until the task is done. Tells progress as it goes, and returns what it told last.
  TaskReport run(TaskId task, TaskLookup& lookup, const std::stop_token& stop);

 private:
  // One execution of the command, from room for its outputs to its end.
  struct Attempt {
    unsigned number = 1;
    StartedFrom started_from = StartedFrom::empty;
    TaskLog log{};  // NOLINT(readability-redundant-member-init): its constructor is explicit.
    std::uint64_t duration_ms = 0;
    Result<ProcessExit> exit = ProcessExit{};
  };

  TaskReport report_of(TaskId task, TaskResult result, std::uint64_t duration_ms) const;
  TaskReport hit(TaskId task, TaskResult result, const OutputRecord& record);
  TaskReport not_started(TaskId task, FailureCause cause, std::string why);
  TaskReport interrupted(TaskId task, std::uint64_t duration_ms);

  // Without a value: it may go on. `lock` is held afterwards, where it could be had.
  std::optional<TaskReport> make_ready(TaskId task, const std::stop_token& stop,
                                       std::optional<TaskLock>& lock);
  // Everything but the execution.
  std::optional<TaskReport> take(TaskId task, const TaskLookup& lookup, const std::stop_token& stop,
                                 std::optional<TaskLock>& lock);
  TaskReport keep_in_place(TaskId task, const TaskLookup& lookup);
  // Without a value: nothing usable was found, and what was wrong with it has been told.
  std::optional<TaskReport> take_current(TaskId task);
  std::optional<TaskReport> take_from_cache(TaskId task, const TaskLookup& lookup,
                                            const std::stop_token& stop);
  // The cached result in place; what kept it from being used has been told.
  std::optional<OutputRecord> restore_cached(TaskId task, const TaskLookup& lookup,
                                             const std::stop_token& stop);
  // A hit of the sample of `--verify`: run/verify_hit.cpp.
  std::optional<TaskReport> verify(TaskId task, const TaskLookup& lookup,
                                   const std::stop_token& stop);
  HitVerification run_again(TaskId task, const OutputRecord& cached, CollectedOutputs& made,
                            const std::stop_token& stop);
  // What somebody else has stored since the run began.
  std::optional<TaskReport> take_late(TaskId task, TaskLookup& lookup, const std::stop_token& stop);
  Result<OutputRecord> restore(TaskId task, TierEntry entry);

  // Errors: room could not be made for its outputs. After a failure, `retries` more of them.
  Result<Attempt> attempt_until_it_succeeds(TaskId task, const std::stop_token& stop);
  Result<Attempt> attempt_once(TaskId task, unsigned number);
  // `reason`: why, where it is not that no result was found.
  TaskReport execute(TaskId task, Place place, const std::stop_token& stop,
                     std::string reason = {});
  Result<void> make_room(TaskId task) const;
  Result<ProcessExit> run_command(TaskId task, TaskLog& log, std::uint64_t& duration_ms);
  TaskReport failed(TaskId task, const Attempt& attempt);
  std::vector<std::string> inputs_edited_meanwhile(TaskId task);
  bool depends_on_edited(TaskId task) const;
  void warn(TaskId task, std::string_view text);

  RunContext& context_;
  TaskCommand command_;
  PersistentRun& persistent_;
  OutputGuard guard_;
  ResultStore store_;
  Transfers& transfers_;
  LateLookup late_;
  OlderOutputs older_;
  // Whether it failed, or its inputs changed while it ran, or something it depends on did; by
  // TaskId. What such a task makes does not belong to its key.
  std::vector<std::atomic<bool>> edited_;
  std::atomic<bool> told_no_lock_ = false;
};

}  // namespace vc::agent
