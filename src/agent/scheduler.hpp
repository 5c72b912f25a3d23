// Scheduler: which task may start next. A pure state machine over the task graph: no threads, no
// clock, no I/O.
//
// Of all ready tasks the one with the longest path of work behind it starts first, so that the
// critical path never waits for a task that nothing depends on. A task takes as many slots as its
// weight says; one that waits for slots is not overtaken by less urgent ones, so that none waits
// for ever. One that waits for a mutex is: whoever holds it runs, and gives it back.
#pragma once

#include "agent/task_graph.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vc::agent {

enum class FailurePolicy {
  stop,        // After a failure nothing new starts; what runs may finish.
  keep_going,  // Everything that does not depend on a failure still runs.
  always,      // Everything runs, also what depends on a failure.
};

inline constexpr unsigned kUnlimitedSlots = ~0U;

enum class TaskState { waiting, ready, running, succeeded, failed, skipped };

class Scheduler {
 public:
  // `expected_ms` by TaskId: how long each took last time; 0 is unknown and counts as 1. Nodes
  // without a command, and persistent tasks, succeed by themselves as soon as their dependencies
  // have. `slots`, at least
  // 1, is what the weights of running tasks may come to; a task that weighs more takes all of them.
  Scheduler(const TaskGraph& graph, FailurePolicy policy,
            std::span<const std::uint64_t> expected_ms = {}, unsigned slots = kUnlimitedSlots);

  // A held task does not become ready until it is released, whatever its dependencies do. For
  // results that are on their way here. Only before it has started.
  void hold(TaskId task);
  void release(TaskId task);

  // Of a held task: takes it out of turn, whatever its dependencies do; it is running then. False
  // when it is no longer wanted.
  bool start_ahead(TaskId task);
  // A running task could not be done without its dependencies: it is to start again in its turn.
  void give_back(TaskId task);
  // A task that has succeeded is to be done again, and its dependents wait for it. It is held.
  void reopen(TaskId task);

  // Marks the most urgent ready task as running and returns it; nullopt when it has to wait.
  std::optional<TaskId> start_next();
  // `outcome` is succeeded or failed.
  void finish(TaskId task, TaskState outcome);
  // Nothing new starts; everything that is not running is skipped.
  void stop();

  TaskState state(TaskId task) const { return nodes_[task].state; }

  // Nothing runs and nothing ever will.
  bool is_finished() const { return unfinished_ == 0; }

  // Whether start_next() may have one.
  bool may_start() const { return !ready_.empty(); }

  std::size_t running() const { return running_; }

  unsigned used_slots() const { return used_slots_; }

 private:
  using MutexId = std::uint32_t;

  struct Mutex {
    bool is_held = false;
    std::vector<TaskId> waiting;  // Ready but for this.
  };

  struct Node {
    TaskState state = TaskState::waiting;
    bool has_command = true;
    bool held = false;
    bool is_complete = false;  // Done, and so is all that stands before it.
    bool doomed = false;       // Given back, it would be skipped: what it depends on has failed.
    bool occupies = false;     // Its slots and mutexes are taken.
    std::uint32_t open_dependencies = 0;
    std::uint64_t urgency = 0;  // Milliseconds of work from here to the end of the longest path.
    unsigned weight = 1;        // At most slots_.
    std::vector<MutexId> mutexes;
    std::vector<TaskId> dependents;
  };

  void settle(TaskId task, TaskState state);
  void complete_if_possible(TaskId task);
  void withdraw_completion(TaskId task);
  void skip(TaskId task);
  void skip_dependents(TaskId task);
  void make_ready_if_possible(TaskId task);
  void push_ready(TaskId task);
  void pop_ready();
  // Whether it waits for a mutex from now on.
  bool waits_for_mutex(TaskId task);
  void occupy(TaskId task);
  void vacate(TaskId task);
  bool is_less_urgent(TaskId a, TaskId b) const;

  std::vector<Node> nodes_;
  std::vector<TaskId> ready_;  // A heap; skipped tasks may linger in it.
  std::vector<Mutex> mutexes_;
  FailurePolicy policy_;
  bool stopped_ = false;
  unsigned slots_;
  unsigned used_slots_ = 0;
  std::size_t unfinished_;
  std::size_t running_ = 0;
};

}  // namespace vc::agent
