// Packages of a Cargo workspace (https://doc.rust-lang.org/cargo/reference/workspaces.html).
#include "agent/native/cargo_manifest.hpp"
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/native/read_manifest.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kCargoFile = "Cargo.toml";

ReadManifest<CargoManifest> read_crate(const fs::path& root, const std::string& directory) {
  return read_manifest(root, path_in(directory, kCargoFile), parse_cargo_manifest);
}

bool is_below(std::string_view directory, std::string_view folder) {
  return folder.empty() || directory == folder ||
         (directory.starts_with(folder) && directory.substr(folder.size()).starts_with('/'));
}

class CargoSearch {
 public:
  explicit CargoSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    auto root = read_crate(search_.root, "");
    root.report(found_.diagnostics);
    root_ = std::move(root.parsed).value_or(CargoManifest());
    std::set<std::string> wanted(search_.folders.begin(), search_.folders.end());
    if (search_.discovers && root_.has_workspace) {
      wanted.merge(members());
    }
    read_all(wanted);
    for (auto& [directory, crate] : crates_) {
      add_package(directory, crate);
    }
    found_.shared = shared_root_files(
        search_.root, {"Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml",
                       ".cargo/config", ".cargo/config.toml"});
    return std::move(found_);
  }

 private:
  std::set<std::string> members() {
    MemberFolders listed = member_folders(search_.root, root_.members, kCargoFile);
    std::ranges::move(listed.errors, std::back_inserter(found_.diagnostics));
    std::set<std::string> directories;
    for (std::string& directory : listed.folders) {
      if (!is_excluded(directory)) {
        directories.insert(std::move(directory));
      }
    }
    if (root_.has_package) {
      directories.emplace("");
    }
    return directories;
  }

  // A member that is listed by its very name stays one.
  bool is_excluded(std::string_view directory) const {
    const auto is_around = [&](std::string_view path) {
      const auto folder = folder_within("", path);
      return folder && is_below(directory, *folder);
    };
    return std::ranges::any_of(root_.exclude, is_around) &&
           std::ranges::none_of(root_.members, is_around, &PackagePattern::text);
  }

  // What is wanted, and in a workspace all that these reach by paths: Cargo has it so.
  void read_all(std::set<std::string> wanted) {
    std::set<std::string> seen;
    while (!wanted.empty()) {
      const std::vector<std::string> directories(wanted.begin(), wanted.end());
      std::vector<ReadManifest<CargoManifest>> crates(directories.size());
      for_each_folder(directories.size(), [&](std::size_t i) {
        if (directories[i].empty()) {
          crates[i].parsed = root_;
        } else {
          crates[i] = read_crate(search_.root, directories[i]);
        }
      });
      seen.merge(wanted);
      wanted.clear();
      for (std::size_t i = 0; i < directories.size(); ++i) {
        crates[i].report(found_.diagnostics);
        std::optional<CargoManifest>& crate = crates[i].parsed;
        if (crate && crate->has_package) {
          add_path_members(directories[i], *crate, seen, wanted);
          crates_.emplace(directories[i], *std::move(crate));
        }
      }
    }
  }

  void add_path_members(const std::string& directory, const CargoManifest& crate,
                        const std::set<std::string>& seen, std::set<std::string>& wanted) const {
    if (!search_.discovers || !root_.has_workspace) {
      return;
    }
    for (const CargoDependency& dependency : crate.dependencies) {
      const auto folder = folder_of(directory, dependency);
      if (folder && !seen.contains(*folder) && !is_excluded(*folder)) {
        wanted.insert(*folder);
      }
    }
  }

  std::optional<std::string> folder_of(const std::string& directory,
                                       const CargoDependency& dependency) const {
    if (!dependency.path.empty()) {
      return folder_within(directory, dependency.path);
    }
    if (dependency.inherited) {
      const auto entry =
          std::ranges::find(root_.workspace_dependencies, dependency.key, &CargoDependency::key);
      return entry == root_.workspace_dependencies.end() || entry->inherited
                 ? std::nullopt
                 : folder_of("", *entry);
    }
    const auto patch =
        std::ranges::find(root_.patches, dependency.package, &CargoDependency::package);
    return patch == root_.patches.end() || patch->path.empty() ? std::nullopt
                                                               : folder_within("", patch->path);
  }

  void add_package(const std::string& directory, CargoManifest& crate) {
    NativePackage package{
        .directory = directory,
        .name = std::move(crate.name),
        .version = crate.version.empty() ? root_.workspace_version : std::move(crate.version),
        .manifest = path_in(directory, kCargoFile),
        .uses = {}};
    for (const CargoDependency& dependency : crate.dependencies) {
      if (auto folder = folder_of(directory, dependency)) {
        package.uses.push_back(
            {.directory = *std::move(folder), .may_circle = dependency.for_tests});
      }
    }
    found_.packages.push_back(std::move(package));
  }

  const NativeSearch& search_;
  CargoManifest root_;
  std::map<std::string, CargoManifest> crates_;  // By directory.
  NativePackages found_;
};

}  // namespace

NativePackages cargo_packages(const NativeSearch& search) {
  return CargoSearch(search).run();
}

}  // namespace vc::agent
