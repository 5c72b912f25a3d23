#include "agent/commands/agent_options.hpp"

#include "agent/fingerprint/git_repository.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace vc::agent {

namespace {

constexpr std::array kTable{
    Option{.variable = "VELOCITY_CACHE_DIR",
           .doc = "Where the local cache lies; when unset `.velocity/cache` of the workspace, for "
                  "all git "
                  "worktrees that of the main one."},
    Option{.variable = "VELOCITY_CACHE_MAX_SIZE",
           .kind = OptionKind::bytes,
           .default_value = "10GiB",
           .doc = "How large the local cache may grow; the least recently used results go first.",
           .min = 0},
    Option{.variable = "VELOCITY_CACHE_MAX_AGE",
           .kind = OptionKind::seconds,
           .default_value = "14d",
           .doc = "Results not used for this long are removed from the local cache.",
           .min = 0},
    Option{.variable = "VELOCITY_SCM_BASE",
           .doc = "What `--affected` compares with, instead of the default branch."},
    Option{.variable = "VELOCITY_SCM_HEAD", .doc = "What `--affected` compares, instead of HEAD."},
};

}  // namespace

std::span<const Option> agent_option_table() {
  return kTable;
}

Result<AgentOptions> read_agent_options(const Environment& environment, const fs::path& directory) {
  VC_TRY(const OptionValues values, parse_options(kTable, {}, environment, "VELOCITY_"));
  AgentOptions options;
  const std::string cache = values.text("VELOCITY_CACHE_DIR");
  if (!cache.empty()) {
    options.cache_directory = directory / cache;
  }
  options.cache_limits.bytes_max =
      static_cast<std::uint64_t>(values.integer("VELOCITY_CACHE_MAX_SIZE"));
  options.cache_limits.age_max = std::chrono::ceil<std::chrono::hours>(
      std::chrono::seconds(values.integer("VELOCITY_CACHE_MAX_AGE")));
  options.warnings = values.warnings;
  return options;
}

fs::path cache_directory_of(const AgentOptions& options, const fs::path& workspace_root) {
  if (!options.cache_directory.empty()) {
    return options.cache_directory;
  }
  const auto main = in_main_worktree(workspace_root);
  const bool is_shared = main && ::faccessat(AT_FDCWD, main->c_str(), W_OK | X_OK, AT_EACCESS) == 0;
  return (is_shared ? *main : workspace_root) / ".velocity" / "cache";
}

}  // namespace vc::agent
