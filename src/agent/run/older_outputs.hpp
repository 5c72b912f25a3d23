// OlderOutputs: which results of a run are made, directly or through others, of outputs that were
// there before an `incremental` task ran. They are good enough for this machine, not for everybody.
//
// A result that is kept says so itself (in its provenance), so that later runs know it of hits.
#pragma once

#include "agent/run/result_store.hpp"
#include "agent/run/run_context.hpp"

#include <atomic>
#include <cstdint>
#include <vector>

namespace vc::agent {

class OlderOutputs {
 public:
  explicit OlderOutputs(RunContext& context)
      : context_(context), executed_(context.graph.tasks.size()) {}

  // What `task`, which has just been executed and began like `own`, is made of. Called once a task,
  // after those it depends on, by any thread. Reads the heads of cached results, where an
  // incremental task stands before it.
  StartedFrom of_executed(TaskId task, StartedFrom own);

 private:
  enum class Origin : std::uint8_t { unknown, empty, older_outputs };

  bool stand_before(TaskId task) const;
  bool is_hit_of_them(TaskId task) const;

  RunContext& context_;
  std::vector<std::atomic<Origin>> executed_;  // By TaskId.
};

}  // namespace vc::agent
