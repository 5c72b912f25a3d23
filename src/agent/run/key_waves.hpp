// KeyWaves: which keys become known as more becomes known of what tasks have made. Pure but for the
// fingerprints it finishes. Not for use by two threads at once.
//
// What a wave is: every task whose key is known after the results of the wave before it.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/task_graph.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace vc::agent {

class KeyWaves {
 public:
  // All must outlive this.
  KeyWaves(const Workspace& workspace, const TaskGraph& graph,
           std::vector<TaskFingerprint>& fingerprints);

  // What `task` has made; nullopt: nobody will know. The last word counts for keys that are not
  // known yet, those that are stay as they are.
  void tell(TaskId task, const std::optional<Digest>& outputs);

  struct Decided {
    std::vector<TaskId> keyed;    // Their keys are known now.
    std::vector<TaskId> unkeyed;  // They never will be.
  };

  // Since the last call.
  Decided take_decided();

  // Whether its key is known, and says what its dependencies have really made.
  bool holds(TaskId task) const;

 private:
  enum class State : std::uint8_t { open, known, never };

  State state_for(TaskId user, TaskId dependency) const;
  // Whether that changes anything for its users.
  bool decide(TaskId task);
  void decide_users_of(TaskId task);

  const Workspace& workspace_;
  const TaskGraph& graph_;
  std::vector<TaskFingerprint>& fingerprints_;
  std::vector<State> keys_;                     // By TaskId.
  std::vector<State> told_;                     // By TaskId.
  std::vector<std::optional<Digest>> outputs_;  // By TaskId.
  std::vector<std::vector<TaskId>>
      open_users_;  // By TaskId: users whose keys are deferred at first.
  Decided decided_;
};

}  // namespace vc::agent
