#include "agent/workspace/dependency_edges.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/native/native_files.hpp"
#include "agent/workspace/semver.hpp"
#include "core/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vc::agent {

namespace {

// A tarball, a repository, a web address: never the folder in this workspace.
constexpr std::array<std::string_view, 9> kElsewhere{
    "git:", "git+", "git@", "github:", "gitlab:", "gist:", "bitbucket:", "http:", "https:"};
constexpr std::array<std::string_view, 3> kFolderProtocols{"file:", "link:", "portal:"};

bool is_elsewhere(std::string_view range) {
  const auto begins_range = [&](std::string_view prefix) { return range.starts_with(prefix); };
  if (std::ranges::any_of(kElsewhere, begins_range)) {
    return true;
  }
  // "user/repository", GitHub's short form.
  return range.contains('/') && !range.starts_with('.') && !range.contains(':');
}

class EdgeFinder {
 public:
  EdgeFinder(const std::vector<LoadedPackage>& loaded, std::vector<Package>& packages)
      : loaded_(loaded), packages_(packages) {
    for (const Package& package : packages) {
      by_directory_.emplace(package.directory, package.id);
      by_name_.emplace(package.name, package.id);
    }
    // A velocity.yml may call a package differently; manifests still use the manifest's name.
    for (PackageId id = 0; id < loaded.size(); ++id) {
      const std::optional<Manifest>& manifest = loaded[id].manifest;
      if (manifest && !manifest->name.empty()) {
        by_name_.emplace(manifest->name, id);
      }
    }
  }

  Diagnostics run() {
    for (Package& package : packages_) {
      const LoadedPackage& loaded = loaded_[package.id];
      if (loaded.manifest) {
        for (const ManifestDependency& dependency : loaded.manifest->dependencies) {
          add(package, target_of(package, dependency));
        }
      }
      if (loaded.config) {
        add_configured(package, *loaded.config);
      }
      std::ranges::sort(package.dependencies);
      const auto repeated = std::ranges::unique(package.dependencies);
      package.dependencies.erase(repeated.begin(), repeated.end());
    }
    return std::move(errors_);
  }

 private:
  using Index = std::unordered_map<std::string_view, PackageId>;

  static std::optional<PackageId> find(const Index& index, std::string_view key) {
    const auto found = index.find(key);
    return found == index.end() ? std::nullopt : std::optional(found->second);
  }

  static void add(Package& package, std::optional<PackageId> dependency) {
    if (dependency && *dependency != package.id) {
      package.dependencies.push_back(*dependency);
    }
  }

  std::optional<PackageId> target_of(const Package& package,
                                     const ManifestDependency& dependency) const {
    std::string_view name = dependency.name;
    std::string_view range = dependency.range;
    for (const std::string_view protocol : kFolderProtocols) {
      if (range.starts_with(protocol)) {
        return in_folder(package, range.substr(protocol.size()));
      }
    }
    bool certain = false;
    if (range.starts_with("workspace:")) {
      range.remove_prefix(std::string_view("workspace:").size());
      certain = true;  // An error of the package manager when it is not so.
      if (range.starts_with("./") || range.starts_with("../")) {
        return in_folder(package, range);
      }
    } else if (range.starts_with("npm:")) {
      range.remove_prefix(std::string_view("npm:").size());
      split_alias(name, range);
    }
    if (certain && range.rfind('@') != std::string_view::npos) {
      split_alias(name, range);
    }
    const auto target = find(by_name_, name);
    if (!target || certain) {
      return target;
    }
    if (is_elsewhere(range)) {
      return std::nullopt;
    }
    const auto& manifest = loaded_[*target].manifest;
    const std::string_view version = manifest ? std::string_view(manifest->version) : "";
    return match_range(version, range) == RangeMatch::no ? std::nullopt : target;
  }

  // "@scope/real@^1.0.0" is another package's name and the range.
  static void split_alias(std::string_view& name, std::string_view& range) {
    const std::size_t at = range.find('@', 1);
    name = range.substr(0, at);
    range = at == std::string_view::npos ? std::string_view("*") : range.substr(at + 1);
  }

  std::optional<PackageId> in_folder(const Package& package, std::string_view relative) const {
    const auto directory = folder_within(package.directory, relative);
    return directory ? find(by_directory_, *directory) : std::nullopt;
  }

  void add_configured(Package& package, const PackageConfig& config) {
    for (std::size_t i = 0; i < config.depends_on.size(); ++i) {
      const std::string& name = config.depends_on[i];
      auto target = find(by_name_, name);
      target = target ? target : find(by_directory_, name);
      if (target) {
        add(package, target);
        continue;
      }
      std::vector<std::string> names;
      names.reserve(packages_.size());
      for (const Package& candidate : packages_) {
        names.push_back(candidate.name);
      }
      const auto closest = closest_word(name, names);
      errors_.push_back({.code = codes::kUnknownPackageDependency,
                         .message = fmt::format("no package is called \"{}\"", name),
                         .at = config.depends_on_at[i],
                         .source_line = {},
                         .help = closest ? fmt::format("did you mean \"{}\"?", *closest)
                                         : "name a package of this workspace, or its folder"});
    }
  }

  const std::vector<LoadedPackage>& loaded_;
  std::vector<Package>& packages_;
  Index by_name_;
  Index by_directory_;
  Diagnostics errors_;
};

}  // namespace

Diagnostics add_dependency_edges(const std::vector<LoadedPackage>& loaded,
                                 std::vector<Package>& packages) {
  return EdgeFinder(loaded, packages).run();
}

}  // namespace vc::agent
