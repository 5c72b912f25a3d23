#include "agent/scripts/manager_profile.hpp"

#include "agent/scripts/yarn_environment.hpp"

#include <fmt/format.h>

#include <array>

namespace vc::agent {

namespace {

constexpr std::string_view kBin = "node_modules/.bin";
constexpr std::string_view kLocalPrefix = "npm_config_local_prefix";
constexpr std::string_view kSourceDirectory = "PNPM_SCRIPT_SRC_DIR";

// The folders of the package that come first in PATH.
std::string own_path(const ScriptPlace& place) {
  if (place.manager != ScriptManager::npm) {
    const std::string bin = (place.directory / kBin).string();
    return place.programs.empty() ? bin : place.programs.string() + ":" + bin;
  }
  std::string path;
  for (fs::path folder = place.directory;; folder = folder.parent_path()) {
    path += (path.empty() ? "" : ":") + (folder / kBin).string();
    if (folder == folder.root_path()) {
      return path;
    }
  }
}

// Variables that differ from package to package and from script to script.
bool is_derived(std::string_view name) {
  return name.starts_with("npm_package_") || name == "npm_lifecycle_event" ||
         name == "npm_lifecycle_script" || name == "INIT_CWD" || name == "PATH" ||
         name == kLocalPrefix || name == kSourceDirectory || name == kYarnWords;
}

std::vector<ManifestDialect> dialects_of(ScriptManager manager) {
  switch (manager) {
    case ScriptManager::npm:
      return {ManifestDialect::npm};
    case ScriptManager::pnpm:
      return {ManifestDialect::whole, ManifestDialect::five_fields};
    case ScriptManager::yarn:
      return {ManifestDialect::yarn};
  }
  return {};
}

// The part of `path` between the package's folders and the PATH that the manager was given.
Result<std::vector<std::string>> path_between(std::string_view path, const std::string& own,
                                              const std::string& given) {
  std::vector<std::string> between;
  if (!path.starts_with(own + ":") || !path.ends_with(":" + given) ||
      path.size() < own.size() + 1 + given.size()) {
    return fail(Errc::invalid, "its PATH has another form");
  }
  std::string_view rest = path.substr(own.size() + 1);
  rest.remove_suffix(std::min(given.size() + 1, rest.size()));
  while (!rest.empty()) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    between.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return between;
}

// What is not derived, as a change of `base`. A value with the package's own folder in it would be
// wrong in all others.
Result<void> learn_changes(ManagerProfile& profile, const Variables& recorded,
                           const Variables& base, const ScriptPlace& place) {
  const bool is_shared = place.local_prefix != place.directory;
  for (const auto& [name, value] : recorded) {
    const auto given = base.find(name);
    if (is_derived(name) || (given != base.end() && given->second == value)) {
      continue;
    }
    if (is_shared && value.contains(place.directory.string())) {
      return fail(Errc::invalid, name + " depends on the package");
    }
    profile.changes.emplace(name, value);
  }
  for (const auto& [name, value] : base) {
    if (!is_derived(name) && !recorded.contains(name)) {
      profile.changes.emplace(name, std::nullopt);
    }
  }
  return {};
}

}  // namespace

Result<Variables> script_environment(const ManagerProfile& profile, const ScriptPlace& place,
                                     const ScriptPackage& package, const Variables& base,
                                     const ScriptEvent& event) {
  const auto of_manifest = package.variables.find(profile.dialect);
  if (of_manifest == package.variables.end()) {
    return fail(Errc::invalid, "package.json has fields that the manager writes its own way");
  }
  const auto path = base.find("PATH");
  if (path == base.end() || path->second.empty()) {
    return fail(Errc::invalid, "there is no PATH");
  }
  Variables out = base;
  for (const auto& [name, value] : profile.changes) {
    if (value) {
      out.insert_or_assign(name, *value);
    } else {
      out.erase(name);
    }
  }
  for (const auto& [name, value] : of_manifest->second) {
    out.insert_or_assign(name, value);
  }
  if (profile.dialect == ManifestDialect::whole) {
    out.insert_or_assign(variable_name("npm_package_scripts_", event.name), event.command);
  }
  if (profile.names_manifest) {
    out.insert_or_assign("npm_package_json", (place.directory / "package.json").string());
  }
  out.insert_or_assign("npm_lifecycle_event", event.name);
  // pnpm appends the arguments to the script itself.
  const bool is_pnpm = place.manager == ScriptManager::pnpm;
  out.insert_or_assign("npm_lifecycle_script", is_pnpm ? event.command : event.script);
  out.insert_or_assign("INIT_CWD", place.directory.string());
  switch (place.manager) {
    case ScriptManager::npm:
      out.insert_or_assign(std::string(kLocalPrefix), place.local_prefix.string());
      break;
    case ScriptManager::pnpm:
      out.insert_or_assign(std::string(kSourceDirectory), place.directory.string());
      break;
    case ScriptManager::yarn:
      VC_CHECK(check_yarn_settings(profile.changes, of_manifest->second));
      out.insert_or_assign(std::string(kYarnWords), yarn_words(event.name, event.words));
      break;
  }
  std::string full = own_path(place);
  for (const std::string& folder : profile.path) {
    full += ":" + folder;
  }
  out.insert_or_assign("PATH", full + ":" + path->second);
  return out;
}

// NOLINTNEXTLINE(readability-function-size): what was recorded, and all that it depends on.
Result<ManagerProfile> learn_profile(RecordedScript recorded, const fs::path& shell,
                                     ScriptPlace place, const ScriptPackage& package,
                                     const Variables& base, const ScriptEvent& event) {
  // The manager tells its scripts of the shell it was given.
  std::erase_if(recorded.environment,
                [&](const auto& variable) { return variable.second == shell.string(); });
  if (recorded.directory != place.directory || recorded.argv.size() != 2 ||
      recorded.argv[0] != "-c" || recorded.argv[1] != event.command) {
    return fail(Errc::invalid, "it starts scripts another way");
  }
  const auto path = base.find("PATH");
  const auto recorded_path = recorded.environment.find("PATH");
  if (path == base.end() || recorded_path == recorded.environment.end()) {
    return fail(Errc::invalid, "there is no PATH");
  }
  ManagerProfile profile{.names_manifest = recorded.environment.contains("npm_package_json")};
  if (place.manager == ScriptManager::yarn) {
    VC_TRY(place.programs, yarn_folder(recorded_path->second));
    VC_TRY(profile.programs, yarn_programs(place.programs));
  }
  VC_TRY(profile.path, path_between(recorded_path->second, own_path(place), path->second));
  VC_CHECK(learn_changes(profile, recorded.environment, base, place));

  std::string why = "its npm_package variables have another form";
  for (const ManifestDialect dialect : dialects_of(place.manager)) {
    profile.dialect = dialect;
    const auto derived = script_environment(profile, place, package, base, event);
    if (derived && *derived == recorded.environment) {
      return profile;
    }
  }
  return fail(Errc::invalid, why);
}

}  // namespace vc::agent
