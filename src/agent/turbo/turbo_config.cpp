#include "agent/turbo/turbo_config.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/turbo/turbo_context.hpp"
#include "agent/turbo/turbo_definition.hpp"
#include "agent/workspace/lockfile.hpp"
#include "core/result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

// What Turborepo passes to every task beside what we do.
constexpr std::array<std::string_view, 30> kPassed{"XDG_RUNTIME_DIR",
                                                   "XAUTHORITY",
                                                   "DBUS_SESSION_BUS_ADDRESS",
                                                   "COREPACK_HOME",
                                                   "LD_LIBRARY_PATH",
                                                   "DYLD_FALLBACK_LIBRARY_PATH",
                                                   "LIBPATH",
                                                   "LD_PRELOAD",
                                                   "DYLD_INSERT_LIBRARIES",
                                                   "TERM_PROGRAM",
                                                   "DISPLAY",
                                                   "VERCEL",
                                                   "VERCEL_*",
                                                   "NEXT_*",
                                                   "USE_OUTPUT_FOR_EDGE_FUNCTIONS",
                                                   "NOW_BUILDER",
                                                   "APPDATA",
                                                   "PROGRAMDATA",
                                                   "SYSTEMROOT",
                                                   "SYSTEMDRIVE",
                                                   "USERPROFILE",
                                                   "HOMEDRIVE",
                                                   "HOMEPATH",
                                                   "PNPM_HOME",
                                                   "DOCKER_*",
                                                   "BUILDKIT_*",
                                                   "COMPOSE_*",
                                                   "JB_*",
                                                   "_JETBRAINS_*",
                                                   "VSCODE_*"};

void add_global_inputs(const TurboFile& file, const SourceText& source, Config& config,
                       Diagnostics& errors) {
  std::vector<std::string> exclusions;
  for (const YamlText& item : file.global_inputs) {
    const bool excludes = item.text.starts_with('!');
    std::string_view pattern = std::string_view(item.text).substr(excludes ? 1 : 0);
    if (pattern.starts_with(kTurboRootPrefix)) {
      pattern.remove_prefix(kTurboRootPrefix.size());
    }
    if (pattern.starts_with("../")) {
      errors.push_back(source.error(codes::kPatternLeavesPackage, item.at,
                                    fmt::format("\"{}\" leaves the workspace", item.text),
                                    "patterns are relative to the folder of turbo.json"));
    } else if (excludes) {
      exclusions.push_back("!" + std::string(pattern));
    } else {
      config.global_inputs.emplace_back(pattern);
    }
  }
  if (!config.global_inputs.empty()) {
    std::ranges::move(exclusions, std::back_inserter(config.global_inputs));
  }
}

}  // namespace

bool is_turbo_file(const fs::path& file) {
  return std::ranges::find(kTurboFiles, file.filename().native()) != kTurboFiles.end();
}

bool has_root_tasks(const Config& config) {
  if (config.turbo == nullptr) {
    return !config.root_tasks.empty();
  }
  return std::ranges::any_of(config.turbo->tasks,
                             [](const auto& task) { return task.first.starts_with("//#"); });
}

std::string turbo_package_manager(const fs::path& root, std::string_view declared) {
  std::string found = find_lockfile(root, declared).package_manager;
  if (found.empty()) {
    found = declared.empty() ? "npm" : declared;
  }
  return found;
}

std::vector<std::string> turbo_passed_variables(const TurboFile& file) {
  std::vector<std::string> passed;
  if (file.passes_its_own) {
    passed.assign(kPassed.begin(), kPassed.end());
  }
  passed.insert(passed.end(), file.global_pass_env.begin(), file.global_pass_env.end());
  return passed;
}

std::expected<Config, Diagnostics> parse_turbo_config(std::string_view text, const fs::path& file,
                                                      TurboPassed variables) {
  VC_TRY(TurboFile turbo, parse_turbo_file(text, file.filename().string(), TurboPlace::workspace));
  Config config{.file = file.filename().string(), .text = std::string(text)};
  std::error_code failed;
  config.root = fs::weakly_canonical(file.has_parent_path() ? file.parent_path() : ".", failed);
  if (failed) {
    return std::unexpected(Diagnostics{{.code = codes::kUnreadableFile,
                                        .message = file.string() + ": " + failed.message(),
                                        .at = {.file = config.file},
                                        .source_line = {},
                                        .help = {}}});
  }
  const SourceText source(config.file, text);
  Diagnostics errors;
  add_global_inputs(turbo, source, config, errors);
  if (!errors.empty()) {
    return std::unexpected(std::move(errors));
  }
  // A manifest that cannot be read is reported with those of the packages.
  DirectoryListing scratch;
  const LoadedPackage root =
      load_package(config.root, {.path = ""}, Evidence::any_content, scratch);
  turbo.package_manager = turbo_package_manager(
      config.root, root.manifest ? root.manifest->package_manager : std::string());
  turbo.passes_its_own = variables == TurboPassed::all;
  const std::vector<std::string> passed = turbo_passed_variables(turbo);
  for (const auto& [name, task] : turbo.tasks) {
    if (!name.contains('#')) {
      config.pipeline.emplace(name, turbo_definition(name, task,
                                                     {.package_manager = turbo.package_manager,
                                                      .directory = "",
                                                      .passed = passed,
                                                      .framework_env = {}}));
    }
  }
  config.global_env = turbo.global_env;
  config.loose_environment = turbo.loose_environment;
  config.warnings = std::move(turbo.warnings);
  if (!turbo.without_effect.empty()) {
    config.warnings.push_back(
        {.severity = Severity::warning,
         .code = codes::kUnsupportedKey,
         .message = fmt::format("{} is used as it is; without effect here: {}", config.file,
                                fmt::join(turbo.without_effect, ", ")),
         .at = {},
         .source_line = {},
         .help = {}});
  }
  config.turbo = std::make_shared<const TurboFile>(std::move(turbo));
  return config;
}

}  // namespace vc::agent
