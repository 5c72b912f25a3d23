#include "agent/prune/native_root.hpp"

#include "agent/native/cargo_manifest.hpp"
#include "agent/native/native_files.hpp"
#include "agent/prune/cargo_workspace.hpp"
#include "agent/prune/go_work.hpp"
#include "agent/prune/maven_modules.hpp"
#include "agent/workspace/loaded_package.hpp"
#include "core/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

// Programs of a workspace that start its tool; they count for no key.
constexpr std::array<std::string_view, 5> kToolPrograms{
    "gradlew", "gradlew.bat", "gradle/wrapper/gradle-wrapper.jar", "mvnw", "mvnw.cmd"};

std::string_view last_part(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

class NativeRootSearch {
 public:
  NativeRootSearch(const Workspace& workspace, const PackageSet& stays)
      : workspace_(workspace), stays_(stays) {}

  NativeRoot run() {
    std::set<std::string> paths;
    for (const Package& package : workspace_.packages) {
      for (const std::uint32_t shared : package.shared) {
        if (stays_[package.id]) {
          const auto& files = workspace_.shared_files[shared].paths;
          paths.insert(files.begin(), files.end());
        }
      }
    }
    if (paths.empty()) {
      return {};
    }
    for (const std::string_view program : kToolPrograms) {
      if (is_regular_file(workspace_.root, program)) {
        paths.emplace(program);
      }
    }
    for (const std::string& path : paths) {
      if (!is_of_module_left_out(path)) {
        root_.files.push_back({.path = path, .content = content_of(path)});
      }
    }
    return std::move(root_);
  }

 private:
  // go.mod and go.sum of all modules count for each; those that go.work does not name any more are
  // in nobody's way.
  bool is_of_module_left_out(const std::string& path) const {
    if (last_part(path) != "go.mod" && last_part(path) != "go.sum") {
      return false;
    }
    const auto owner =
        std::ranges::find(workspace_.packages, folder_of_file(path), &Package::directory);
    return owner != workspace_.packages.end() && !stays_[owner->id];
  }

  std::optional<std::string> content_of(const std::string& path) {
    const std::string_view name = last_part(path);
    if (name == "settings.gradle" || name == "settings.gradle.kts") {
      note_gradle(path);
      return std::nullopt;
    }
    const bool is_cut =
        path == "Cargo.toml" || path == "Cargo.lock" || path == "go.work" || name == "pom.xml";
    if (!is_cut) {
      return std::nullopt;
    }
    auto content = cut(path);
    if (!content) {
      root_.notes.push_back(fmt::format("all of {} is copied: {}", path, content.error().message));
      return std::nullopt;
    }
    return *std::move(content);
  }

  Result<std::string> cut(const std::string& path) {
    VC_TRY(const std::string text, read_file(workspace_.root / path));
    if (path == "go.work") {
      return prune_go_work(text, folders_with("go.mod", true));
    }
    if (path == "Cargo.lock") {
      VC_TRY(const auto crates, crate_names(folders_with("Cargo.toml", true)));
      VC_TRY(const auto others, crate_names(folders_with("Cargo.toml", false)));
      return prune_cargo_lock(text, crates, others);
    }
    if (path != "Cargo.toml") {
      return prune_maven_modules(text, folder_of_file(path), folders_left_out());
    }
    std::vector<std::string> members = folders_with("Cargo.toml", true);
    const bool has_root = std::erase(members, "") > 0;
    const auto manifest = parse_cargo_manifest(text, path);
    if (manifest && manifest->has_package && !has_root) {
      root_.notes.push_back("the crate in the root does not stay, but Cargo wants its sources");
    }
    return prune_cargo_manifest(text, members);
  }

  void note_gradle(const std::string& path) {
    const auto names_it = [&](std::uint32_t shared) {
      return std::ranges::binary_search(workspace_.shared_files[shared].paths, path);
    };
    const auto is_left_out = [&](const Package& package) {
      return !stays_[package.id] && !package.directory.empty() &&
             std::ranges::any_of(package.shared, names_it);
    };
    if (std::ranges::any_of(workspace_.packages, is_left_out)) {
      root_.notes.push_back(fmt::format(
          "all of {} is copied: Gradle may complain of projects in it that do not stay", path));
    }
  }

  // Folders of packages that have such a manifest, of those that stay or of the others.
  std::vector<std::string> folders_with(std::string_view manifest, bool staying) const {
    std::vector<std::string> folders;
    for (const Package& package : workspace_.packages) {
      if (stays_[package.id] == staying &&
          std::ranges::find(package.native_manifests, path_in(package.directory, manifest)) !=
              package.native_manifests.end()) {
        folders.push_back(package.directory);
      }
    }
    return folders;
  }

  std::vector<std::string> folders_left_out() const {
    std::vector<std::string> folders;
    for (const Package& package : workspace_.packages) {
      if (!stays_[package.id] && !package.directory.empty()) {
        folders.push_back(package.directory);
      }
    }
    return folders;
  }

  Result<std::vector<std::string>> crate_names(const std::vector<std::string>& folders) const {
    std::vector<std::string> names;
    for (const std::string& folder : folders) {
      const std::string path = path_in(folder, "Cargo.toml");
      VC_TRY(const std::string text, read_file(workspace_.root / path));
      auto manifest = parse_cargo_manifest(text, path);
      if (!manifest) {
        return fail(Errc::invalid, manifest.error().message);
      }
      names.push_back(std::move(manifest->name));
    }
    return names;
  }

  const Workspace& workspace_;
  const PackageSet& stays_;
  NativeRoot root_;
};

}  // namespace

NativeRoot native_root_files(const Workspace& workspace, const PackageSet& stays) {
  return NativeRootSearch(workspace, stays).run();
}

}  // namespace vc::agent
