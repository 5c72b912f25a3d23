// Executor: runs the task graph: the scheduler's decisions on a pool of threads, downloads ahead of
// them, uploads behind them.
#pragma once

#include "agent/processes.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"
#include "agent/run/task_runner.hpp"
#include "agent/run/transfers.hpp"
#include "agent/scheduler.hpp"

#include <condition_variable>
#include <mutex>
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
  void start_downloads();
  void work();
  void wait_for_tasks();
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
  std::stop_source stop_;
  Transfers transfers_;
  TaskRunner runner_;
};

}  // namespace vc::agent
