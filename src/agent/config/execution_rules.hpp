// ExecutionRules: how a task is run, which says nothing about what it makes. None of this is part
// of its key.
#pragma once

#include "agent/config/ready_when.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

inline constexpr unsigned kRetriesMax = 10;
// As many as there can be slots.
inline constexpr unsigned kWeightMax = 256;
inline constexpr std::chrono::seconds kTimeoutMax{std::chrono::hours(7 * 24)};
inline constexpr std::size_t kMutexNameBytesMax = 100;

struct ExecutionRules {
  unsigned retries = 0;             // Further attempts after a failed one.
  std::chrono::seconds timeout{0};  // Of each attempt; 0 is none.
  unsigned weight = 1;              // Slots of the concurrency it takes, as far as there are any.
  std::vector<std::string> mutex;   // Tasks that share a name never run at once. Sorted, unique.
  bool persistent = false;          // It does not end by itself: a server, a watcher.
  std::optional<ReadyWhen> ready_when;  // Of a persistent task, for those that depend on it.
};

}  // namespace vc::agent
