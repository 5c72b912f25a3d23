// TrustedReasons: why tasks miss that never ran here, as in a fresh clone of CI: what has changed
// since a trusted run at an earlier commit.
//
// Beside the run, on a thread of its own: git and the gateway are asked once, and only where there
// is such a task. It has a RemoteCache of its own and says nothing of its troubles, so that they
// are not those of the run: without an answer a miss is a "first run here".
#pragma once

#include "agent/explain/run_memory.hpp"
#include "agent/run/lookup.hpp"
#include "agent/run/run_context.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace vc::agent {

class RemoteNotes;

// All of a run's tasks together wait so long for reasons, counted from begin(): what a gateway that
// has just answered may need, and no more than connecting to it may take.
inline constexpr std::chrono::seconds kReasonsPatience{2};

class TrustedReasons {
 public:
  // `run`, `memory` and `http` must outlive this.
  TrustedReasons(const RunContext& run, const RunMemory& memory, net::HttpClient& http,
                 Pause pause);
  // Gives up what is not done.
  ~TrustedReasons();
  TrustedReasons(const TrustedReasons&) = delete;
  TrustedReasons& operator=(const TrustedReasons&) = delete;
  TrustedReasons(TrustedReasons&&) = delete;
  TrustedReasons& operator=(TrustedReasons&&) = delete;

  // Before the tasks run. Starts nothing where nothing could be found.
  void begin(const LookupResult& lookups);

  // "src/a.ts changed since commit 9a6c1d76745e"; "" where nothing is known of it, at once for a
  // task that ran here before. Blocks within `patience`. Safe for concurrent use.
  std::string of(TaskId task, std::chrono::milliseconds patience = kReasonsPatience);

 private:
  std::vector<TaskId> unknown_here(const LookupResult& lookups) const;
  void work(const std::vector<TaskId>& tasks, const std::stop_token& stop);
  std::string reason(TaskId task, RemoteNotes& notes) const;
  NotesLookup lookup_at(RemoteNotes& notes, std::size_t commit) const;

  const RunContext& run_;
  const RunMemory& memory_;
  RemoteCache remote_;
  std::unordered_map<std::string_view, TaskId> settled_;  // By label: those with a key already.
  std::chrono::steady_clock::time_point began_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<TaskId, std::optional<std::string>> reasons_;  // nullopt: not known yet.
  std::jthread thread_;  // Last: it uses everything above.
};

}  // namespace vc::agent
