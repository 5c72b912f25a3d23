// Executor: runs the task graph: the scheduler's decisions on a pool of threads, cached results
// put in place ahead of them on others, uploads behind them.
#pragma once

#include "agent/processes.hpp"
#include "agent/run/key_waves.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/persistent_run.hpp"
#include "agent/run/restore_plan.hpp"
#include "agent/run/run_context.hpp"
#include "agent/run/task_runner.hpp"
#include "agent/run/transfers.hpp"
#include "agent/scheduler.hpp"
#include "core/worker_pool.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

namespace vc::agent {

inline constexpr unsigned kConcurrencyMin = 2;
// A task holds three descriptors while it runs: this stays below the usual limit of 1024.
inline constexpr unsigned kConcurrencyMax = 256;

struct RunOutcome {
  std::vector<TaskReport> reports;  // By TaskId.
  TransferTotals transfers;
  int signal = 0;  // That ended the run early.
};

class Executor {
 public:
  // Everything must outlive the executor.
  Executor(RunContext& context, Processes& processes, std::vector<TaskLookup> lookups);

  // Blocks until everything has run and the uploads are done, or the run was interrupted.
  RunOutcome run();

  // From another thread: starts nothing new and passes the signal on to what runs; called again, it
  // kills. SIGPIPE (nobody reads our output) is passed on as SIGTERM.
  void interrupt(int signal);

 private:
  bool hold_cached();
  void start_restores();
  void download(TaskId task);
  void download_for_its_turn(TaskId task);
  void restore_ahead(TaskId task);
  void settle(TaskId task, std::optional<TaskReport> report);
  void restore_what_was_left(TaskId task);  // Under mutex_.
  // Has the tasks whose keys are known by now looked up. Under mutex_.
  void take_decided_keys();
  void look_up_waves();
  void place_wave(const std::vector<TaskId>& wave, std::vector<TaskLookup> found);  // The same.
  void place_miss(TaskId task);                                                     // The same.
  void place_hit(TaskId task);                                                      // The same.
  void report_left();
  void work();
  void wait_for_tasks();
  // Whether the wait may be over: `is_over`, looked at under mutex_.
  bool wait_a_tick(const std::function<bool()>& is_over);
  void look_after_persistent_tasks();
  void stay_with_persistent_tasks();
  int was_interrupted_by();
  bool has_failure() const;  // Under mutex_.
  void wait_for_uploads();
  void report_skipped();
  // Under mutex_.
  void tell_change();

  RunContext& context_;
  Processes& processes_;
  std::vector<TaskLookup> lookups_;
  std::vector<TaskReport> reports_;

  std::mutex mutex_;
  std::condition_variable changed_;   // A task may have become ready, or all have finished.
  std::condition_variable finished_;  // All have finished.
  Scheduler scheduler_;               // Under mutex_.
  int signal_ = 0;                    // Under mutex_.
  std::vector<bool> left_;            // By TaskId, under mutex_: hits that nobody needs so far.
  KeyWaves keys_;                     // Under mutex_.
  std::vector<TaskId> next_wave_;     // Under mutex_: have a key and wait to be looked up.
  bool is_looking_up_ = false;        // Under mutex_.
  std::stop_source stop_;
  std::optional<SteadyTime> broken_since_;  // Of the thread that waits alone.
  RestorePlan plan_;
  std::atomic<std::size_t> next_ahead_ = 0;  // Index into plan_.ahead.
  PersistentRun persistent_;
  TaskRunner runner_;
  // Last: their threads use everything above.
  Transfers transfers_;
  std::optional<WorkerPool> restores_;
  std::optional<WorkerPool> waves_;  // One thread, made when the first wave is due. Under mutex_.
};

}  // namespace vc::agent
