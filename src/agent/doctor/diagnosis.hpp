// Diagnosis: one thing the doctor looked at, and the examinations that make them.
#pragma once

#include "agent/commands/command_context.hpp"
#include "agent/config.hpp"
#include "agent/workspace.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class Health { ok, warn, fail };

struct Diagnosis {
  Health health = Health::ok;
  std::string subject;  // "remote"
  std::string text;
  std::string remedy;  // What to do about it; "" when nothing need be done.
};

std::string_view name_of(Health health);

// Asks the gateway once: reachable, rights, round trip, clock skew (RFC 9110, Date). Blocks for at
// most the client's time limit.
std::vector<Diagnosis> examine_remote(const RemoteConfig& remote, CommandContext& context);
// Size, and whether it can be written.
Diagnosis examine_local_cache(const fs::path& directory);
std::vector<Diagnosis> examine_repository(const fs::path& root);
// Limits and features of the kernel that `watch` and `run --trace` need.
std::vector<Diagnosis> examine_kernel();
// The programs that the workspace's commands are sure to need.
std::vector<Diagnosis> examine_programs(const Workspace& workspace, const Environment& environment);

}  // namespace vc::agent
