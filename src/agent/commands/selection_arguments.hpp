// Which tasks a command is about, and where their results may come from.
#pragma once

#include "agent/environment_policy.hpp"
#include "agent/outputs.hpp"
#include "agent/run/local_tiers.hpp"
#include "agent/run/run_context.hpp"
#include "agent/selection/shard.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `--remote`: whether a remote that cannot be used ends the run, and whether it is asked at all.
enum class RemoteUse { optional, required, off };
enum class OutputFormat { text, json };

// `run` and `plan` select and look up in the same way.
struct SelectionArguments {
  std::vector<std::string> tasks;
  std::vector<std::string> packages;
  std::vector<std::string> filters;
  std::optional<std::string> affected;  // `--affected[=REVISION]`: "" finds the revision.
  std::optional<Shard> shard;
  std::vector<std::string> shard_timings;  // Files.
  std::vector<std::string> pass_through;   // After `--`.
  TierAccess local = TierAccess::read_write;
  TierAccess remote = TierAccess::read_write;
  Reuse reuse = Reuse::allowed;
  RestoreScope restore = RestoreScope::needed;
  RemoteUse remote_use = RemoteUse::optional;
  EnvMode env_mode = EnvMode::strict;
  Verification verification = Verification::stamps;
  OutputFormat format = OutputFormat::text;
  std::string bare_word;  // `velocity-cli build`: what stood where a command could.
};

// "local:rw,remote:r". Tiers that are not named are off. Errc::invalid says what is wrong.
Result<void> parse_cache_access(std::string_view text, SelectionArguments& into);

}  // namespace vc::agent
