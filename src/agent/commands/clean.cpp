#include "agent/commands/clean.hpp"

#include "agent/commands/agent_options.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/local_cache.hpp"
#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <array>

namespace vc::agent {

namespace {

// Below the state directory: records of outputs, remembered rights, scratch space, the file index.
constexpr std::array<const char*, 4> kRemembered{"outputs", "rights", "scratch", "index"};

}  // namespace

int run_clean(const CleanArguments& /*arguments*/, CommandContext& context) {
  const auto options = read_agent_options(context.environment, context.directory);
  if (!options) {
    context.err << "error: " << options.error().message << '\n';
    return to_int(ExitCode::usage);
  }
  const auto file = find_config(context.directory);
  if (!file) {
    context.err << fmt::format("error: no velocity.yml or turbo.json in {} or above\n",
                               context.directory.string())
                << "help: run this inside a workspace\n";
    return to_int(ExitCode::usage);
  }
  const fs::path state_directory = file->parent_path() / ".velocity";
  const fs::path cache = cache_directory_of(*options, file->parent_path());
  const auto removed = remove_local_cache(cache);
  if (!removed) {
    context.err << fmt::format("error: {}\n", removed.error().message);
    return to_int(exit_code_of(removed.error().code));
  }
  for (const char* name : kRemembered) {
    std::error_code failure;
    fs::remove_all(state_directory / name, failure);
    if (failure) {
      context.err << fmt::format("error: remove {}: {}\n", (state_directory / name).string(),
                                 failure.message());
      return to_int(ExitCode::cache_required);
    }
  }
  context.out << fmt::format("removed {} cached result{}, {}, from {}\n", removed->entries,
                             removed->entries == 1 ? "" : "s", size_text(removed->bytes),
                             cache.string());
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
