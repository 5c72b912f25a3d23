#include "agent/workspace/loaded_package.hpp"

#include "agent/config/optional_file.hpp"
#include "core/files.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 10> kBuildFiles{
    "Cargo.toml",     "go.mod",   "pyproject.toml", "setup.py",     "requirements.txt",
    "CMakeLists.txt", "Makefile", "pom.xml",        "build.gradle", "build.gradle.kts"};

bool is_build_file(std::string_view name) {
  return std::ranges::find(kBuildFiles, name) != kBuildFiles.end();
}

// Switching branches leaves folders behind that hold nothing but what git ignores.
bool is_content(std::string_view name) {
  return !name.starts_with('.') && name != "node_modules";
}

// The text of a file of the package; nullopt also after an error.
std::optional<std::string> text_of(const fs::path& root, const std::string& path,
                                   std::uint64_t bytes_max, Diagnostics& errors) {
  auto text = read_optional_file(root, path, bytes_max);
  if (!text) {
    std::ranges::move(text.error(), std::back_inserter(errors));
    return std::nullopt;
  }
  return *std::move(text);
}

bool holds(const DirectoryListing& listing, bool (*wanted)(std::string_view name)) {
  return std::ranges::any_of(listing.entries(), wanted, &DirectoryListing::Entry::text);
}

void load_manifest(const fs::path& root, LoadedPackage& loaded) {
  const std::string path = path_in(loaded.directory, "package.json");
  if (const auto text = text_of(root, path, kManifestBytesMax, loaded.errors)) {
    if (auto manifest = parse_manifest(*text, path)) {
      loaded.manifest = *std::move(manifest);
    } else {
      loaded.errors.push_back(std::move(manifest).error());
    }
  }
}

void load_own_config(const fs::path& root, LoadedPackage& loaded) {
  const std::string path = path_in(loaded.directory, "velocity.yml");
  if (const auto text = text_of(root, path, kConfigBytesMax, loaded.errors)) {
    if (auto config = parse_package_config(*text, path)) {
      loaded.config = *std::move(config);
    } else {
      std::ranges::move(config.error(), std::back_inserter(loaded.errors));
    }
  }
}

}  // namespace

std::string path_in(std::string_view directory, std::string_view name) {
  std::string path(directory);
  path += directory.empty() ? "" : "/";
  path += name;
  return path;
}

LoadedPackage load_package(const fs::path& root, const PackageFolder& folder, Evidence evidence,
                           DirectoryListing& scratch) {
  LoadedPackage loaded{.directory = folder.path};
  const auto fd = open_file(root / folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // A folder that cannot be listed may still have files with names that are known.
  const bool is_listed = fd && scratch.read(fd->get());
  if (is_listed) {
    loaded.native_marks = native_marks(fd->get(), scratch);
  }
  if (!is_listed || scratch.contains("package.json")) {
    load_manifest(root, loaded);
  }
  const bool is_root = folder.path.empty();
  // The root's velocity.yml is the workspace's.
  if (!is_root && (!is_listed || scratch.contains("velocity.yml"))) {
    load_own_config(root, loaded);
  }

  const bool describes_itself = loaded.manifest || loaded.config || !loaded.errors.empty();
  if (is_root || loaded.manifest) {
    loaded.is_package = true;
  } else if (evidence == Evidence::package_json) {
    loaded.is_package = !loaded.errors.empty();
  } else if (evidence == Evidence::build_file || folder.by_globstar) {
    loaded.is_package = describes_itself || (is_listed && holds(scratch, is_build_file));
  } else {
    loaded.is_package = describes_itself || (is_listed && holds(scratch, is_content));
  }
  return loaded;
}

}  // namespace vc::agent
