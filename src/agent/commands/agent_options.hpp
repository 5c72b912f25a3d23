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
  fs::path cache_directory;  // Absolute, or empty: `.velocity/cache` of the workspace.
  LocalCacheLimits cache_limits;
  std::vector<std::string> warnings;  // Variables nobody knows, with a suggestion.
};

// A relative VELOCITY_CACHE_DIR counts from `directory`.
Result<AgentOptions> read_agent_options(const Environment& environment, const fs::path& directory);

std::span<const Option> agent_option_table();

}  // namespace vc::agent
