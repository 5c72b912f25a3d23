#include "agent/commands/agent_options.hpp"
#include "agent/commands/here.hpp"
#include "agent/commands/look.hpp"
#include "agent/config.hpp"
#include "agent/config/dependency_reader.hpp"
#include "agent/exit_code.hpp"
#include "agent/output_path.hpp"
#include "wire/json_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace vc::agent {

namespace {

using Setting = std::pair<std::string, std::string>;

// Never the token itself.
std::string token_text(const RemoteConfig& remote) {
  if (!remote.missing_variable.empty()) {
    return fmt::format("{} is not set", remote.missing_variable);
  }
  if (remote.token.empty()) {
    return "none";
  }
  return remote.token_variable.empty() ? "set" : fmt::format("set by {}", remote.token_variable);
}

// As VELOCITY_CACHE_MAX_SIZE takes it, without rounding.
std::string exact_size(std::uint64_t bytes) {
  std::size_t unit = 0;
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{}{}", bytes, kUnits[unit]);
}

// As VELOCITY_CACHE_MAX_AGE takes it.
std::string exact_age(std::chrono::hours age) {
  return age.count() % 24 == 0 ? fmt::format("{}d", age.count() / 24)
                               : fmt::format("{}h", age.count());
}

std::vector<Setting> settings_of(const Config& config, const AgentOptions& options) {
  std::vector<Setting> out{{"root", config.root.string()},
                           {"file", config.file},
                           {"project_id", config.project_id},
                           {"remote.enabled", config.remote.enabled ? "true" : "false"},
                           {"remote.url", config.remote.url},
                           {"remote.token", token_text(config.remote)}};
  out.emplace_back("cache.directory", cache_directory_of(options, config.root).string());
  out.emplace_back("cache.max_size", exact_size(options.cache_limits.bytes_max));
  out.emplace_back("cache.max_age", exact_age(options.cache_limits.age_max));
  for (const std::string& pattern : config.global_inputs) {
    out.emplace_back("global_inputs", pattern);
  }
  for (const std::string& name : config.global_env) {
    out.emplace_back("global_env", name);
  }
  for (const auto& [name, task] : config.pipeline) {
    out.emplace_back("pipeline." + name, task.command);
    for (const DependencyPattern& dependency : task.depends_on) {
      if (dependency.on == DependencyOn::outputs) {
        out.emplace_back("pipeline." + name + ".depends_on",
                         written_form(dependency) + ", on its outputs");
      }
    }
  }
  return out;
}

std::string settings_json(const std::vector<Setting>& settings) {
  std::string out;
  wire::JsonWriter json(out);
  json.open('{');
  json.name("settings");
  json.open('[');
  for (const auto& [name, value] : settings) {
    json.open('{');
    json.member("name", name);
    json.member("value", value);
    json.close('}');
  }
  json.close(']');
  json.close('}');
  return out + "\n";
}

}  // namespace

int run_config_show(const ConfigArguments& arguments, CommandContext& context) {
  const auto here = find_here(context);
  if (!here) {
    return to_int(ExitCode::usage);
  }
  const auto config = load_config(here->config_file, context.environment);
  if (!config) {
    context.err << render(config.error());
    return to_int(ExitCode::usage);
  }
  const auto options = read_agent_options(context.environment, context.directory);
  if (!options) {
    context.err << "error: " << options.error().message << '\n';
    return to_int(ExitCode::usage);
  }
  context.err << render(config->warnings);
  const std::vector<Setting> settings = settings_of(*config, *options);
  if (arguments.format == OutputFormat::json) {
    context.out << settings_json(settings);
    return to_int(ExitCode::ok);
  }
  std::size_t width = 0;
  for (const auto& [name, value] : settings) {
    width = std::max(width, printable(name).size());
  }
  for (const auto& [name, value] : settings) {
    context.out << fmt::format("{:<{}}  {}\n", printable(name), width,
                               value.empty() ? "none" : printable(value));
  }
  return to_int(ExitCode::ok);
}

}  // namespace vc::agent
