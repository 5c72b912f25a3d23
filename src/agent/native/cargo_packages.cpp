// Packages of a Cargo workspace (https://doc.rust-lang.org/cargo/reference/workspaces.html).
#include "agent/config/optional_file.hpp"
#include "agent/native/cargo_manifest.hpp"
#include "agent/native/native_files.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/workspace/loaded_package.hpp"
#include "agent/workspace/manifest.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kCargoFile = "Cargo.toml";

struct ReadCrate {
  std::optional<CargoManifest> manifest;  // Nothing when there is no file, or an error.
  Diagnostics errors;
};

ReadCrate read_crate(const fs::path& root, const std::string& directory) {
  ReadCrate read;
  const std::string path = path_in(directory, kCargoFile);
  auto text = read_optional_file(root, path, kManifestBytesMax);
  if (!text) {
    read.errors = std::move(text).error();
  } else if (text->has_value()) {
    if (auto manifest = parse_cargo_manifest(**text, path)) {
      read.manifest = *std::move(manifest);
    } else {
      read.errors.push_back(std::move(manifest).error());
    }
  }
  return read;
}

bool is_below(std::string_view directory, std::string_view folder) {
  return folder.empty() || directory == folder ||
         (directory.starts_with(folder) && directory.substr(folder.size()).starts_with('/'));
}

class CargoSearch {
 public:
  explicit CargoSearch(const NativeSearch& search) : search_(search) {}

  NativePackages run() {
    ReadCrate root = read_crate(search_.root, "");
    take_errors(root);
    if (root.manifest) {
      root_ = *std::move(root.manifest);
    }
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
  void take_errors(ReadCrate& read) {
    std::ranges::move(read.errors, std::back_inserter(found_.diagnostics));
  }

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
      std::vector<ReadCrate> crates(directories.size());
      for_each_folder(directories.size(), [&](std::size_t i) {
        crates[i] = directories[i].empty() ? ReadCrate{.manifest = root_, .errors = {}}
                                           : read_crate(search_.root, directories[i]);
      });
      seen.merge(wanted);
      wanted.clear();
      for (std::size_t i = 0; i < directories.size(); ++i) {
        take_errors(crates[i]);
        if (crates[i].manifest && crates[i].manifest->has_package) {
          add_path_members(directories[i], *crates[i].manifest, seen, wanted);
          crates_.emplace(directories[i], *std::move(crates[i].manifest));
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
