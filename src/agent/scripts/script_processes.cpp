#include "agent/scripts/script_processes.hpp"

#include "agent/scripts/manager_files.hpp"
#include "agent/scripts/script_call.hpp"
#include "agent/scripts/yarn_manifest.hpp"
#include "agent/workspace/manifest.hpp"

#include <algorithm>
#include <cctype>

namespace vc::agent {

namespace {

// A run within a script of a manager, whose variables would mix with those of the next; settings
// that would keep our shell from learning; and names that differ from PATH in case only, which npm
// takes for PATH.
bool has_confusing_variables(const Variables& base) {
  return std::ranges::any_of(base, [](const auto& variable) {
    std::string name = variable.first;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name.starts_with("npm_package_") || name.starts_with("npm_lifecycle_") ||
           name == "npm_config_local_prefix" || name == "pnpm_script_src_dir" ||
           name == "npm_config_script_shell" || name == "npm_config_ignore_scripts" ||
           name == "npm_config_node_options" || name == "yarn_script_shell" ||
           (name == "path" && variable.first != "PATH");
  });
}

// Settings come from the manager; a script that asks for one may do so for a reason.
bool asks_for_settings(std::string_view script) {
  return script.contains("npm_config_");
}

// What npm moves or repairs before it runs it, or yarn installs a program for.
bool is_rewritten(std::string_view script) {
  return script.starts_with("node_modules/.bin/") || script.starts_with("./node_modules/.bin/") ||
         script == "npx only-allow pnpm" || script.starts_with("node-gyp ");
}

// `words` are those of the command behind the manager's name.
Result<std::vector<ScriptEvent>> events_of(const ScriptCall& call, const ScriptPackage& package,
                                           const std::vector<std::string>& words) {
  const auto main = package.scripts.find(call.script);
  if (main == package.scripts.end() || main->second.empty()) {
    return fail(Errc::invalid, "the package has no such script");
  }
  auto text = script_with_arguments(call, main->second);
  if (!text) {
    return fail(Errc::invalid, "an argument is quoted by the manager in a way of its own");
  }
  std::vector<ScriptEvent> events;
  const auto add_hook = [&](std::string_view prefix) {
    const std::string name = std::string(prefix) + call.script;
    const auto hook = package.scripts.find(name);
    // pnpm leaves a hook alone that the script itself calls.
    const bool is_called = call.manager == ScriptManager::pnpm && main->second.contains(name);
    if (hook != package.scripts.end() && !hook->second.empty() && !is_called) {
      events.push_back({.name = name, .script = hook->second, .command = hook->second});
    }
  };
  add_hook("pre");
  events.push_back({.name = call.script, .script = main->second, .command = *std::move(text)});
  add_hook("post");
  for (ScriptEvent& event : events) {
    event.words = words;
    if (asks_for_settings(event.script) || is_rewritten(event.script)) {
      return fail(Errc::invalid, "the script depends on its manager");
    }
  }
  return events;
}

}  // namespace

Result<ScriptProcesses> script_processes(const ProcessSpec& spec, ScriptManagers& managers) {
  const auto call = parse_script_call(spec.argv);
  if (!call) {
    return fail(Errc::invalid, "not the plain start of a script");
  }
  if (has_confusing_variables(spec.environment)) {
    return fail(Errc::invalid, "the environment is that of another script");
  }
  VC_TRY(const std::string manifest, read_file(spec.directory / "package.json", kManifestBytesMax));
  VC_TRY(ScriptPackage package, read_script_package(manifest));
  if (call->manager == ScriptManager::yarn) {
    VC_TRY(YarnPackage own, read_yarn_package(manifest, spec.directory));
    package.variables.emplace(ManifestDialect::yarn, std::move(own.variables));
    package.demands = std::move(own.demands);
  }
  VC_TRY(const std::vector<ScriptEvent> events,
         events_of(*call, package, {spec.argv.begin() + 1, spec.argv.end()}));
  ScriptPlace place{.manager = call->manager, .directory = spec.directory, .local_prefix = {}};
  VC_TRY(place.local_prefix, local_prefix(call->manager, place.directory));
  VC_TRY(const auto profile, managers.find(*call, place, package, spec.environment));

  VC_TRY(place.programs, managers.programs_of(*profile));

  ScriptProcesses scripts;
  if (call->manager == ScriptManager::yarn) {
    scripts.signal_status = 1;
  }
  if (call->manager == ScriptManager::pnpm) {
    scripts.not_found_status = 1;
  }
  for (const ScriptEvent& event : events) {
    VC_TRY(Variables environment,
           script_environment(*profile, place, package, spec.environment, event));
    if (call->manager == ScriptManager::npm && !call->names_script()) {
      environment["npm_command"] = call->verb;
    }
    scripts.processes.push_back({.argv = {"sh", "-c", event.command},
                                 .directory = spec.directory,
                                 .environment = std::move(environment)});
  }
  return scripts;
}

}  // namespace vc::agent
