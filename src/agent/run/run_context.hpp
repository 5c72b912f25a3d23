// RunContext: what every part of one run works with, made by the command and handed down.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/outputs.hpp"
#include "agent/processes.hpp"
#include "agent/profile.hpp"
#include "agent/progress.hpp"
#include "agent/remote_cache.hpp"
#include "agent/run/local_tiers.hpp"
#include "agent/run/task_scopes.hpp"
#include "agent/scheduler.hpp"
#include "core/clock.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vc::agent {

class PersistentTasks;
class RunTrace;  // trace/run_trace.hpp

// `--force` reads no result and still writes them.
enum class Reuse { allowed, forbidden };

// Which cached results are put in place: those that were asked for or that something that executes
// needs, or every one.
enum class RestoreScope { needed, all };

// When a task that is about to execute is worth another question to the remote cache: when it took
// at least so long the last time (or never ran), and the answer to the first is at least so old.
struct LateLookupLimits {
  std::chrono::milliseconds task_at_least{5'000};
  std::chrono::milliseconds answer_at_least{5'000};
};

struct RunOptions {
  TierAccess local = TierAccess::read_write;
  TierAccess remote = TierAccess::read_write;
  Reuse reuse = Reuse::allowed;
  RestoreScope restore = RestoreScope::needed;
  LateLookupLimits late_lookup;
  FailurePolicy failure_policy = FailurePolicy::stop;
  Verification verification = Verification::stamps;
  std::optional<unsigned> verify_percent;  // `--verify`: this share of the hits is made again.
  EnvMode env_mode = EnvMode::strict;
  unsigned concurrency = 2;                                   // Tasks at once.
  unsigned threads = 2;                                       // For work of our own.
  std::map<std::string, std::vector<std::string>> arguments;  // By task label: what followed `--`.
  std::map<std::string, std::string> provenance;
};

struct RunContext {
  const Config& config;
  const Workspace& workspace;
  const TaskGraph& graph;
  // By TaskId. A deferred one is finished by whoever looks up its result (run/key_waves.hpp),
  // before anybody else looks at its key.
  std::vector<TaskFingerprint>& fingerprints;
  const TaskScopes& scopes;
  FileIndex& index;
  const Environment& environment;
  fs::path state_directory;  // <root>/.velocity
  const Clock& clock;
  Progress& progress;
  LocalTiers& tiers;
  RemoteCache* remote = nullptr;  // Null when none is configured. Asked only as `options` allow.
  Profile* profile = nullptr;     // Null without --profile.
  RunOptions options;
  PersistentTasks* persistent = nullptr;  // Those that outlive the run; null: none do.
  // Why a task misses, for people. Safe for concurrent use; empty: nothing is said.
  std::function<std::string(TaskId)> miss_reason;
  RunTrace* trace = nullptr;  // With `--trace`.
  // Told once, after the last task and before uploads are awaited, unless the run was interrupted.
  std::function<void(std::span<const TaskReport>)> tasks_are_done;

  const TaskNode& node(TaskId task) const { return graph.tasks[task]; }

  Profile::Span profiled(std::string_view phase) const { return agent::profiled(profile, phase); }

  Profile::Span profiled(std::string_view phase, TaskId task) const {
    return agent::profiled(profile, phase, node(task).label);
  }

  const Digest& key(TaskId task) const { return fingerprints[task].key; }

  bool may_read_remote() const { return remote != nullptr && can_read(options.remote); }

  bool may_write_remote() const { return remote != nullptr && can_write(options.remote); }
};

}  // namespace vc::agent
