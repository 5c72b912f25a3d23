// AgentOptions: what the environment tells the agent (`VELOCITY_*`).
#pragma once

#include "agent/local_cache.hpp"
#include "core/env.hpp"
#include "core/options.hpp"
#include "core/result.hpp"

#include <span>
#include <string>
#include <vector>

namespace vc::agent {

struct AgentOptions {
  fs::path cache_directory;  // Absolute, or empty: see cache_directory_of().
  LocalCacheLimits cache_limits;
  std::vector<std::string> warnings;  // Variables nobody knows, with a suggestion.
};

// A relative VELOCITY_CACHE_DIR counts from `directory`.
Result<AgentOptions> read_agent_options(const Environment& environment, const fs::path& directory);

// Where the local cache of a workspace lies: where VELOCITY_CACHE_DIR says, else in its
// `.velocity/cache`. All worktrees of a repository share that of the main one, if it is writable:
// keys do not depend on where a checkout lies.
fs::path cache_directory_of(const AgentOptions& options, const fs::path& workspace_root);

std::span<const Option> agent_option_table();

}  // namespace vc::agent
