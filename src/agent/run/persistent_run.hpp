// PersistentRun: the part that tasks without an end play in one run: started when what they need is
// done and they were named, or a task that executes needs them; ended when the others are done.
#pragma once

#include "agent/persistent/persistent_tasks.hpp"
#include "agent/run/run_context.hpp"
#include "agent/run/task_command.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace vc::agent {

class PersistentRun {
 public:
  // Everything must outlive the object, except where `context.persistent` does: those tasks are
  // used, and go on when the run has ended.
  PersistentRun(RunContext& context, Processes& processes);

  // Starts the named ones of which `are_dependencies_done`. To be called now and then.
  void start_named(const std::function<bool(TaskId)>& are_dependencies_done);
  // Blocks until all that `task` depends on are ready, starting them if need be. Errors: one is
  // not; Errc::canceled after `stop`.
  Result<void> require_for(TaskId task, const std::stop_token& stop);

  bool has_failed() const;
  // Nothing but such tasks was named, at least one of them lives, and none may yet be ended: the
  // run goes on until it is interrupted.
  bool goes_on(FailurePolicy policy) const;

  // The run is interrupted: all processes are about to get the signal. Does not block.
  void expect_end() { tasks_.expect_end(); }

  // Ends them, unless they outlive this run, and reports all that were started. `signal`: that
  // interrupted the run, else 0. Blocks for at most kEndingGrace.
  void finish(std::vector<TaskReport>& reports, int signal);

 private:
  void start(TaskId task);
  std::vector<TaskId> started() const;
  std::optional<PersistentStatus> status(TaskId task) const;
  void report(TaskId task, TaskReport& report, int signal) const;

  RunContext& context_;
  TaskCommand commands_;
  std::unique_ptr<PersistentTasks> own_;  // Null when they outlive the run.
  PersistentTasks& tasks_;
  bool only_persistent_is_named_;
  mutable std::mutex mutex_;
  std::vector<bool> started_;  // By TaskId; under mutex_.
};

}  // namespace vc::agent
