// LateLookup: asks the remote cache once more, just before a task executes: somebody else may have
// stored its result since the run began.
//
// Only for tasks that take long, or nobody knows how long, and only when the first answer is no
// longer fresh: a task costs at most one more question, those that start together share a request.
// Blocks for that request. Safe for concurrent use.
#pragma once

#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

namespace vc::agent {

class LateLookup {
 public:
  // The first answers are as old as this object.
  explicit LateLookup(RunContext& context)
      : context_(context), asked_(context.clock.steady_now()) {}

  // Doubts are told and reported as those of the first lookup are.
  std::optional<RemoteArtifact> ask(TaskId task, const TaskLookup& lookup,
                                    const std::stop_token& stop);

 private:
  struct Question {
    TaskId task = 0;
    bool is_answered = false;
    RemoteAnswer answer;
  };

  bool is_worth_it(const TaskLookup& lookup) const;
  void answer_all(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);

  RunContext& context_;
  const SteadyTime asked_;
  std::mutex mutex_;
  std::condition_variable answered_;
  bool is_asking_ = false;          // Somebody's request is under way.
  std::vector<Question*> waiting_;  // For the next one.
};

}  // namespace vc::agent
