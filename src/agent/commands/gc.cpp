#include "agent/commands/gc.hpp"

#include "agent/commands/agent_options.hpp"
#include "agent/config.hpp"
#include "agent/exit_code.hpp"
#include "agent/local_cache/garbage.hpp"
#include "agent/quantities.hpp"
#include "wire/json_writer.hpp"

#include <fmt/core.h>

#include <string>

namespace vc::agent {

namespace {

// Below a cache directory that VELOCITY_CACHE_DIR names, no workspace is needed.
Result<fs::path> find_cache(const AgentOptions& options, const fs::path& directory) {
  if (!options.cache_directory.empty()) {
    return options.cache_directory;
  }
  const auto file = find_config(directory);
  if (!file) {
    return fail(Errc::not_found, fmt::format("no velocity.yml in {} or above", directory.string()),
                "run this inside a workspace, or set VELOCITY_CACHE_DIR");
  }
  return cache_directory_of(options, file->parent_path());
}

std::string results(const LocalCacheUsage& usage) {
  return fmt::format("{} result{}, {}", usage.entries, usage.entries == 1 ? "" : "s",
                     size_text(usage.bytes));
}

std::string as_text(const GarbageReport& report, GarbageMode mode, const fs::path& cache) {
  const std::string damaged =
      report.damaged == 0 ? "" : fmt::format(" ({} damaged)", report.damaged);
  return fmt::format(
      "{} {}{}; {} {}: {}\n", mode == GarbageMode::preview ? "would remove" : "removed",
      results(report.removed), damaged, mode == GarbageMode::preview ? "would leave" : "left",
      results(report.left), cache.string());
}

void add_usage(wire::JsonWriter& json, std::string_view name, const LocalCacheUsage& usage) {
  json.name(name);
  json.open('{');
  json.member("entries", usage.entries);
  json.member("bytes", usage.bytes);
  json.close('}');
}

// Without a report another process is at it.
std::string as_json(const std::optional<GarbageReport>& report, GarbageMode mode,
                    const fs::path& cache) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.member("directory", cache.string());
  json.name("dry_run");
  json.boolean(mode == GarbageMode::preview);
  json.name("busy");
  json.boolean(!report);
  if (report) {
    add_usage(json, "removed", report->removed);
    add_usage(json, "left", report->left);
    json.member("damaged", report->damaged);
  }
  json.close('}');
  return out + "\n";
}

}  // namespace

int run_gc(const GcArguments& arguments, CommandContext& context) {
  const auto options = read_agent_options(context.environment, context.directory);
  if (!options) {
    context.err << "error: " << options.error().message << '\n';
    return to_int(ExitCode::usage);
  }
  const auto cache = find_cache(*options, context.directory);
  if (!cache) {
    context.err << fmt::format("error: {}\nhelp: {}\n", cache.error().message, cache.error().hint);
    return to_int(ExitCode::usage);
  }
  LocalCacheLimits limits = options->cache_limits;
  limits.bytes_max = arguments.bytes_max.value_or(limits.bytes_max);
  if (arguments.age_max) {
    limits.age_max = std::chrono::ceil<std::chrono::hours>(*arguments.age_max);
  }
  const auto report = collect_cache_garbage(*cache, limits, context.clock.now(), arguments.mode,
                                            GarbageDepth::headers);
  if (!report) {
    context.err << fmt::format("error: {}\n", report.error().message);
    return to_int(exit_code_of(report.error().code));
  }
  if (arguments.format == OutputFormat::json) {
    context.out << as_json(*report, arguments.mode, *cache);
  } else if (*report) {
    context.out << as_text(**report, arguments.mode, *cache);
  } else {
    context.out << fmt::format("another process is cleaning up {}\n", cache->string());
  }
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
