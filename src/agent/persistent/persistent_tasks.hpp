// PersistentTasks: the processes of tasks that do not end by themselves, servers and watchers, from
// their start to the end that they are given.
//
// Each has a thread that reads its output, and one that waits for it to be ready. Safe for
// concurrent use.
#pragma once

#include "agent/config/ready_when.hpp"
#include "agent/processes.hpp"
#include "agent/progress.hpp"
#include "core/clock.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace vc::agent {

struct PersistentSpec {
  std::string label;
  // What it was started from: one with the same identity is not started again.
  std::string identity;
  std::vector<ProcessSpec> processes;   // One after the other; the last is the one that stays.
  std::optional<ReadyWhen> ready_when;  // nullopt: ready as soon as it is started.
  std::chrono::seconds timeout{0};      // For getting ready; 0: none.
};

enum class PersistentState { starting, ready, ended };

struct PersistentStatus {
  PersistentState state = PersistentState::starting;
  std::uint64_t ready_ms = 0;  // How long it took.
  // Of one that ended without being told to: "ended by itself: exit status 0"; else "".
  std::string failure;
  FailureCause cause = FailureCause::command;
  int exit_status = 0;
  std::string log;  // Encoded TaskLog of one that failed.
};

class PersistentTasks {
 public:
  // Everything must outlive the object.
  PersistentTasks(Processes& processes, Progress& progress, const Clock& clock)
      : processes_(processes), progress_(progress), clock_(clock) {}

  // Ends all.
  ~PersistentTasks();
  PersistentTasks(const PersistentTasks&) = delete;
  PersistentTasks& operator=(const PersistentTasks&) = delete;
  PersistentTasks(PersistentTasks&&) = delete;
  PersistentTasks& operator=(PersistentTasks&&) = delete;

  // False when one with this label and identity runs already. One with another identity is ended
  // first, which may block for kEndingGrace.
  bool start(PersistentSpec spec);
  // Blocks until it is ready, has ended, or `stop` is requested. It must have been started.
  PersistentStatus wait_until_ready(const std::string& label, const std::stop_token& stop);
  // nullopt for one that was never started.
  std::optional<PersistentStatus> status(const std::string& label) const;

  // All are about to get a signal, so that their end is none by itself. Does not block.
  void expect_end() { end_is_expected_ = true; }

  // Tells all to end, and blocks until they have.
  void end_all();

 private:
  struct Task {
    PersistentSpec spec;
    PersistentStatus status;
    SteadyTime started;
    TaskLog log;
    std::stop_source stop;
    std::jthread prober;
    std::jthread runner;
  };

  void run(Task& task);
  Result<ProcessExit> run_processes(Task& task);
  void probe(Task& task, const std::stop_token& stop);
  void set_ready(Task& task);
  // The first reason counts.
  void set_failed(Task& task, FailureCause cause, std::string why);
  static void end(Task& task);

  Processes& processes_;
  Progress& progress_;
  const Clock& clock_;
  std::atomic<bool> end_is_expected_ = false;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::unique_ptr<Task>, std::less<>> tasks_;
};

}  // namespace vc::agent
