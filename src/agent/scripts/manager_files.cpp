#include "agent/scripts/manager_files.hpp"

#include "agent/posix_processes.hpp"
#include "agent/scripts/manifest_fields.hpp"
#include "agent/scripts/yarn_files.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::uint64_t kSettingsBytesMax = 1 << 20;
constexpr std::string_view kPnpmWorkspace = "pnpm-workspace.yaml";

// In small letters and without '-' and '_', as npm, pnpm and YAML write one setting differently.
constexpr std::array<std::string_view, 9> kSteering{
    "scriptshell",    "nodeoptions",    "ignorescripts",
    "shellemulator",  "prepostscripts", "verifydeps",
    "usenodeversion", "yarnpath",       "../"};

// The value of a setting that the environment may give in several ways.
std::vector<fs::path> paths_of_setting(const Variables& base, std::string_view setting) {
  std::vector<fs::path> paths;
  for (const auto& [name, value] : base) {
    std::string lower = name;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (lower == setting && !value.empty()) {
      paths.emplace_back(value);
    }
  }
  return paths;
}

std::vector<fs::path> settings_of(const ScriptPlace& place, const fs::path& program,
                                  const fs::path& node, const Variables& base) {
  std::vector<fs::path> files;
  const bool is_pnpm = place.manager == ScriptManager::pnpm;
  for (fs::path folder = place.directory;; folder = folder.parent_path()) {
    files.push_back(folder / ".npmrc");
    // A member's own manifest is not one of the manager's settings.
    if (folder != place.directory || place.local_prefix == place.directory) {
      files.push_back(folder / "package.json");
    }
    if (is_pnpm) {
      files.push_back(folder / kPnpmWorkspace);
    }
    if (folder == folder.root_path()) {
      break;
    }
  }
  if (place.manager == ScriptManager::yarn) {
    std::ranges::move(yarn_settings(place.directory, node, base), std::back_inserter(files));
  }
  if (const auto home = base.find("HOME"); home != base.end()) {
    files.push_back(fs::path(home->second) / ".npmrc");
    files.push_back(fs::path(home->second) / ".config/pnpm/rc");
    files.push_back(fs::path(home->second) / ".config/pnpm/config.yaml");
  }
  if (const auto config = base.find("XDG_CONFIG_HOME"); config != base.end()) {
    files.push_back(fs::path(config->second) / "pnpm/rc");
    files.push_back(fs::path(config->second) / "pnpm/config.yaml");
  }
  files.push_back(program.parent_path().parent_path() / "npmrc");
  files.push_back(node.parent_path().parent_path() / "etc/npmrc");
  for (const std::string_view setting : {"npm_config_userconfig", "npm_config_globalconfig"}) {
    std::ranges::move(paths_of_setting(base, setting), std::back_inserter(files));
  }
  return files;
}

std::string compact(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '-' && c != '_') {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return out;
}

// Whether a plain pattern of `workspaces` names the folder; nullopt when it is not plain.
std::optional<bool> names_folder(std::string_view pattern, std::string_view folder) {
  while (pattern.starts_with("./")) {
    pattern.remove_prefix(2);
  }
  while (pattern.ends_with('/')) {
    pattern.remove_suffix(1);
  }
  const bool is_plain = !pattern.empty() && !pattern.contains("**") &&
                        pattern.find_first_of("!?[]{}()\\+|") == std::string_view::npos;
  if (!is_plain || pattern.starts_with('/') || folder.starts_with('.') || folder.contains("/.")) {
    return std::nullopt;
  }
  // Segment by segment; a segment is a name or a single `*`.
  while (true) {
    const std::string_view want = pattern.substr(0, pattern.find('/'));
    const std::string_view have = folder.substr(0, folder.find('/'));
    if (want.contains('*') && want != "*") {
      return std::nullopt;
    }
    if (want != "*" && want != have) {
      return false;
    }
    const bool ends = want.size() == pattern.size();
    if (ends || have.size() == folder.size()) {
      return ends && have.size() == folder.size();
    }
    pattern.remove_prefix(want.size() + 1);
    folder.remove_prefix(have.size() + 1);
  }
}

// Whether the manifest's `workspaces` name the folder; nullopt when it has none.
Result<std::optional<bool>> has_member(std::string_view manifest, std::string_view folder) {
  const auto fields = parse_manifest_object(manifest);
  if (!fields) {
    return std::nullopt;
  }
  const json::value* patterns = fields->if_contains("workspaces");
  if (patterns != nullptr && patterns->is_object()) {
    patterns = patterns->get_object().if_contains("packages");
  }
  if (patterns == nullptr || !patterns->is_array()) {
    return std::nullopt;
  }
  bool is_member = false;
  for (const json::value& pattern : patterns->get_array()) {
    const auto names =
        pattern.is_string() ? names_folder(pattern.get_string(), folder) : std::nullopt;
    if (!names) {
      return fail(Errc::invalid, "the patterns of \"workspaces\" are not plain");
    }
    is_member = is_member || *names;
  }
  return is_member;
}

}  // namespace

ProgramPackage package_of_program(const fs::path& program) {
  for (fs::path folder = program.parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    const auto text = read_file(folder / "package.json", kSettingsBytesMax);
    const auto manifest = text ? parse_manifest_object(*text) : fail(Errc::not_found, "");
    const json::value* name = manifest ? manifest->if_contains("name") : nullptr;
    if (name == nullptr || !name->is_string()) {
      continue;
    }
    const json::value* version = manifest->if_contains("version");
    const bool has_version = version != nullptr && version->is_string();
    return {.name = std::string(name->get_string()),
            .version = has_version ? std::string(version->get_string()) : ""};
  }
  return {};
}

Result<ManagerFiles> manager_files(const ScriptPlace& place, const std::string& program,
                                   const Variables& base) {
  const auto path = base.find("PATH");
  const std::string_view variable = path == base.end() ? std::string_view() : path->second;
  VC_TRY(const std::string found, find_program(program, variable, place.directory));
  VC_TRY(const std::string node, find_program("node", variable, place.directory));
  std::error_code failed;
  ManagerFiles files{.program = fs::canonical(found, failed), .programs = {}, .settings = {}};
  if (failed) {
    return fail(Errc::not_found, found + ": " + failed.message());
  }
  if (place.manager == ScriptManager::yarn) {
    VC_CHECK(check_yarn(place.directory, files.program, base));
  }
  if (place.manager == ScriptManager::pnpm) {
    const std::string name = package_of_program(files.program).name;
    if (name != "pnpm" && name != "@pnpm/exe" && name != "corepack") {
      return fail(Errc::invalid, files.program.string() + " is not pnpm's own program");
    }
  }
  files.programs = {files.program, node, fs::canonical(node, failed)};
  files.settings = settings_of(place, files.program, node, base);
  return files;
}

std::string identity_of(const ManagerFiles& files) {
  std::string text;
  for (const auto& list : {files.programs, files.settings}) {
    for (const fs::path& file : list) {
      struct stat status{};
      if (::stat(file.c_str(), &status) == 0) {
        text += fmt::format("{} {} {} {}.{:09} {}.{:09}\n", file.string(), status.st_size,
                            status.st_ino, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                            status.st_ctim.tv_sec, status.st_ctim.tv_nsec);
      }
    }
  }
  return text;
}

Result<void> check_settings(const ManagerFiles& files) {
  for (const fs::path& file : files.settings) {
    if (file.filename() == "package.json") {
      continue;
    }
    VC_TRY(const auto text, read_file_if_exists(file, kSettingsBytesMax));
    if (text && is_yarn_settings(file) && text->contains("--")) {
      return fail(Errc::invalid, fmt::format("{} has flags for commands", file.string()));
    }
    const std::string said = compact(text.value_or(""));
    for (const std::string_view word : kSteering) {
      if (said.contains(word)) {
        return fail(Errc::invalid, fmt::format("{} has {}", file.string(), word));
      }
    }
  }
  return {};
}

namespace {

// Whether the package.json in `folder` counts `package` among its workspaces; nullopt when it has
// none.
Result<std::optional<bool>> is_workspace_of(const fs::path& folder, const fs::path& package) {
  VC_TRY(const auto manifest, read_file_if_exists(folder / "package.json", kSettingsBytesMax));
  if (!manifest) {
    return std::nullopt;
  }
  return has_member(*manifest, package.lexically_relative(folder).string());
}

Result<bool> has_workspaces(const fs::path& folder) {
  VC_TRY(const auto text, read_file_if_exists(folder / "package.json", kSettingsBytesMax));
  const auto manifest = parse_manifest_object(text.value_or(""));
  return manifest && manifest->contains("workspaces");
}

}  // namespace

Result<fs::path> local_prefix(ScriptManager manager, const fs::path& package) {
  std::error_code failed;
  if (std::ranges::find(package, fs::path("node_modules")) != package.end()) {
    return fail(Errc::invalid, "the package lies in node_modules");
  }
  if (manager == ScriptManager::yarn) {
    VC_TRY(const bool is_workspace, has_workspaces(package));
    if (is_workspace) {
      return package;
    }
  }
  fs::path folder = manager == ScriptManager::pnpm ? package : package.parent_path();
  for (;; folder = folder.parent_path()) {
    if (manager == ScriptManager::pnpm && fs::exists(folder / kPnpmWorkspace, failed)) {
      return folder;
    }
    if (manager != ScriptManager::pnpm) {
      VC_TRY(const auto is_member, is_workspace_of(folder, package));
      if (is_member.value_or(false)) {
        return folder;
      }
      // yarn looks no further than the first workspace.
      if (is_member && manager == ScriptManager::yarn) {
        return package;
      }
    }
    if (folder == folder.root_path()) {
      return package;
    }
  }
}

}  // namespace vc::agent
