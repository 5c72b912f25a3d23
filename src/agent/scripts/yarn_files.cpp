#include "agent/scripts/yarn_files.hpp"

#include "agent/scripts/manager_files.hpp"
#include "agent/scripts/manifest_fields.hpp"

#include <fmt/format.h>

#include <system_error>

namespace vc::agent {

namespace {

constexpr std::uint64_t kManifestOfYarnBytesMax = 1 << 20;
// Where root's home is to yarn.
constexpr std::string_view kHomeOfRoot = "/usr/local/share";

std::string_view value_of(const Variables& base, const std::string& name) {
  const auto found = base.find(name);
  return found == base.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

std::vector<fs::path> yarn_settings(const fs::path& directory, const fs::path& node,
                                    const Variables& base) {
  std::vector<fs::path> files{"/etc/yarnrc", "/etc/yarn/config"};
  const auto add = [&](const fs::path& folder) {
    files.push_back(folder / ".yarnrc");
    files.push_back(folder / ".yarnrc.yml");
  };
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    add(folder);
    if (folder == folder.root_path()) {
      break;
    }
  }
  if (const fs::path home = value_of(base, "HOME"); !home.empty()) {
    add(home);
    files.push_back(home / ".config/yarn/config");
    files.push_back(home / ".yarn/config");
  }
  add(kHomeOfRoot);
  files.push_back(fs::path(kHomeOfRoot) / ".npmrc");
  for (const fs::path& prefix :
       {node.parent_path().parent_path(), fs::path(value_of(base, "PREFIX"))}) {
    files.push_back(prefix / "etc/yarnrc");
    files.push_back(prefix / "etc/npmrc");
  }
  if (const fs::path config = value_of(base, "YARN_CONFIG"); !config.empty()) {
    files.push_back(config);
  }
  return files;
}

bool is_yarn_settings(const fs::path& file) {
  return file.filename().string().contains("yarnrc") ||
         (file.filename() == "config" && file.parent_path().string().ends_with("yarn"));
}

Result<void> check_yarn(const fs::path& directory, const fs::path& program, const Variables& base) {
  const ProgramPackage package = package_of_program(program);
  if (package.name != "yarn" || !package.version.starts_with("1.")) {
    return fail(Errc::invalid, program.string() + " is not yarn 1");
  }
  if (base.contains("NODE") || value_of(base, "NODE_OPTIONS").contains("pnp")) {
    return fail(Errc::invalid, "the environment decides on the node of scripts");
  }
  std::error_code failed;
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    for (const char* pnp : {".pnp.js", ".pnp.cjs"}) {
      if (fs::exists(folder / pnp, failed)) {
        return fail(Errc::invalid, "the workspace is installed with Plug'n'Play");
      }
    }
    VC_TRY(const auto text, read_file_if_exists(folder / "package.json", kManifestOfYarnBytesMax));
    const auto manifest = parse_manifest_object(text.value_or("{}"));
    const auto* wanted = manifest ? manifest->if_contains("packageManager") : nullptr;
    if (wanted != nullptr &&
        (!wanted->is_string() || !wanted->get_string().starts_with("yarn@1."))) {
      return fail(Errc::invalid, fmt::format("{} wants another package manager",
                                             (folder / "package.json").string()));
    }
    if (folder == folder.root_path()) {
      return {};
    }
  }
}

}  // namespace vc::agent
