#include "agent/workspace/loaded_package.hpp"

#include "agent/diagnostic_codes.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 10> kBuildFiles{
    "Cargo.toml",     "go.mod",   "pyproject.toml", "setup.py",     "requirements.txt",
    "CMakeLists.txt", "Makefile", "pom.xml",        "build.gradle", "build.gradle.kts"};

bool holds(const fs::path& folder, bool (*wanted)(std::string_view name)) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    if (wanted(entry->path().filename().native())) {
      return true;
    }
  }
  return false;
}

bool is_build_file(std::string_view name) {
  return std::ranges::find(kBuildFiles, name) != kBuildFiles.end();
}

// Switching branches leaves folders behind that hold nothing but what git ignores.
bool is_content(std::string_view name) {
  return !name.starts_with('.') && name != "node_modules";
}

Diagnostic unreadable(std::string file, const Error& error) {
  return {.code = codes::kUnreadableFile,
          .message = error.message,
          .at = {.file = std::move(file)},
          .source_line = {},
          .help = error.hint};
}

}  // namespace

std::string path_in(std::string_view directory, std::string_view name) {
  std::string path(directory);
  path += directory.empty() ? "" : "/";
  path += name;
  return path;
}

LoadedPackage load_package(const fs::path& root, const PackageFolder& folder, Evidence evidence) {
  LoadedPackage loaded{.directory = folder.path};
  const std::string manifest_path = path_in(folder.path, "package.json");
  const auto manifest_text = read_file_if_exists(root / manifest_path, kManifestBytesMax);
  if (!manifest_text) {
    loaded.errors.push_back(unreadable(manifest_path, manifest_text.error()));
  } else if (*manifest_text) {
    if (auto manifest = parse_manifest(**manifest_text, manifest_path)) {
      loaded.manifest = *std::move(manifest);
    } else {
      loaded.errors.push_back(std::move(manifest).error());
    }
  }
  const bool is_root = folder.path.empty();  // Its velocity.yml is the workspace's.
  const std::string config_path = path_in(folder.path, "velocity.yml");
  const auto config_text = is_root ? Result<std::optional<std::string>>(std::nullopt)
                                   : read_file_if_exists(root / config_path, kConfigBytesMax);
  if (!config_text) {
    loaded.errors.push_back(unreadable(config_path, config_text.error()));
  } else if (*config_text) {
    if (auto config = parse_package_config(**config_text, config_path)) {
      loaded.config = *std::move(config);
    } else {
      std::ranges::move(config.error(), std::back_inserter(loaded.errors));
    }
  }

  const bool describes_itself = loaded.manifest || loaded.config || !loaded.errors.empty();
  if (is_root || loaded.manifest) {
    loaded.is_package = true;
  } else if (evidence == Evidence::package_json) {
    loaded.is_package = !loaded.errors.empty();
  } else if (evidence == Evidence::build_file || folder.by_globstar) {
    loaded.is_package = describes_itself || holds(root / folder.path, is_build_file);
  } else {
    loaded.is_package = describes_itself || holds(root / folder.path, is_content);
  }
  return loaded;
}

}  // namespace vc::agent
