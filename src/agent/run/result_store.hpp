// ResultStore: what becomes of the result of a task that was executed: recorded for the next run,
// packed into the local cache, and handed to the upload. Or, with one warning, not kept at all.
#pragma once

#include "agent/run/run_context.hpp"
#include "agent/run/transfers.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vc::agent {

// Whether the task, or one it depends on, may have built upon outputs that were there before
// (`incremental: true`): then the result is good enough for this machine, but not for everybody.
enum class StartedFrom { empty, older_outputs };

// The member of a manifest's provenance that says so.
inline constexpr std::string_view kMadeOfOlderOutputs = "made_of_older_outputs";

struct ExecutedTask {
  TaskId task = 0;
  std::uint64_t duration_ms = 0;
  const TaskLog* log = nullptr;
  StartedFrom started_from = StartedFrom::empty;
};

class ResultStore {
 public:
  ResultStore(RunContext& context, Transfers& transfers)
      : context_(context), transfers_(transfers) {}

  // Whether any cache may get anything in this run.
  bool is_wanted() const;
  // Returns what it has made, where keys count that; nullopt then: nobody knows.
  std::optional<Digest> keep(const ExecutedTask& executed);
  // Of a task whose result is not kept; the same.
  std::optional<Digest> made_by(TaskId task);
  // Also for a restored result. A record that cannot be written costs the next run a restore.
  void write_record(TaskId task, OutputRecord record);

 private:
  std::optional<CollectedOutputs> collect(TaskId task);
  bool differs_from_local(TaskId task, const std::vector<OutputEntry>& outputs);
  Result<PackedArtifact> pack(const ExecutedTask& executed,
                              const std::vector<OutputEntry>& outputs);
  bool may_be_uploaded(const ExecutedTask& executed);
  void warn(TaskId task, std::string_view text);
  void warn_once(std::atomic<bool>& told, std::string_view text);

  RunContext& context_;
  Transfers& transfers_;
  std::atomic<bool> told_no_record_ = false;
  std::atomic<bool> told_no_store_ = false;
};

}  // namespace vc::agent
