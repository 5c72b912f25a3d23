#include "agent/native/native_folders.hpp"

#include "agent/lockfile/strong_components.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_map>
#include <utility>

namespace vc::agent {

namespace {

void add_package(NativePackage package, const std::vector<std::uint32_t>& shared,
                 NativeFolders& all) {
  NativeFolder& folder = all.by_directory[package.directory];
  if (folder.name.empty()) {
    folder.name = std::move(package.name);
    folder.version = std::move(package.version);
  }
  if (!package.manifest.empty()) {
    folder.manifests.push_back(std::move(package.manifest));
  }
  std::ranges::move(package.uses, std::back_inserter(folder.uses));
  folder.shared.insert(folder.shared.end(), shared.begin(), shared.end());
}

void sort_once(std::vector<PackageId>& ids) {
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
}

// Packages that each native edge goes to, and whether every manifest that has it lets it circle.
class NativeEdges {
 public:
  explicit NativeEdges(Workspace& workspace) : workspace_(workspace) {
    for (const Package& package : workspace.packages) {
      by_directory_.emplace(package.directory, package.id);
    }
  }

  void add(Package& package, const std::vector<NativeUse>& uses) {
    std::set<PackageId> loose;
    std::set<PackageId> fixed(package.dependencies.begin(), package.dependencies.end());
    for (const NativeUse& use : uses) {
      const auto used = by_directory_.find(use.directory);
      if (used == by_directory_.end() || used->second == package.id) {
        continue;
      }
      package.dependencies.push_back(used->second);
      (use.may_circle ? loose : fixed).insert(used->second);
    }
    sort_once(package.dependencies);
    std::ranges::set_difference(loose, fixed, std::back_inserter(package.circular));
  }

  // So far `circular` holds what may circle; what does stays.
  void keep_circles() {
    if (std::ranges::all_of(workspace_.packages, &std::vector<PackageId>::empty,
                            &Package::circular)) {
      return;
    }
    Adjacency leads_to;
    for (const Package& package : workspace_.packages) {
      leads_to.push_back(package.dependencies);
    }
    std::vector<std::uint32_t> circle(workspace_.packages.size());
    std::uint32_t number = 0;
    for (const auto& members : strong_components(leads_to)) {
      ++number;
      for (const std::uint32_t member : members) {
        circle[member] = number;
      }
    }
    for (Package& package : workspace_.packages) {
      std::erase_if(package.circular,
                    [&](PackageId used) { return circle[used] != circle[package.id]; });
    }
  }

 private:
  Workspace& workspace_;
  std::unordered_map<std::string_view, PackageId> by_directory_;
};

}  // namespace

NativeFolders native_folders(const fs::path& root, const std::vector<KnownFolder>& known,
                             bool discovers) {
  NativeFolders all;
  for (NativePackages& kind : all_native_packages(root, known, discovers)) {
    std::vector<std::uint32_t> shared;
    for (SharedFiles& files : kind.shared) {
      shared.push_back(static_cast<std::uint32_t>(all.shared.size()));
      all.shared.push_back(std::move(files));
    }
    for (NativePackage& package : kind.packages) {
      add_package(std::move(package), shared, all);
    }
    std::ranges::move(kind.diagnostics, std::back_inserter(all.diagnostics));
  }
  return all;
}

void apply_native_folders(NativeFolders native, Workspace& workspace) {
  NativeEdges edges(workspace);
  for (Package& package : workspace.packages) {
    const auto folder = native.by_directory.find(package.directory);
    if (folder == native.by_directory.end()) {
      continue;
    }
    package.native_manifests = std::move(folder->second.manifests);
    package.shared = std::move(folder->second.shared);
    if (package.version.empty()) {
      package.version = std::move(folder->second.version);
    }
    edges.add(package, folder->second.uses);
  }
  edges.keep_circles();
  workspace.shared_files = std::move(native.shared);
}

}  // namespace vc::agent
