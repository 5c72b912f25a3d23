#include "agent/selection/changed_packages.hpp"

#include <algorithm>

namespace vc::agent {

PackageOfFile::PackageOfFile(const Workspace& workspace) : workspace_(workspace) {
  for (const Package& package : workspace.packages) {
    by_directory_.emplace(package.directory, package.id);
  }
}

Result<PackageOfFile> PackageOfFile::create(const Config& config, const Workspace& workspace) {
  PackageOfFile result(workspace);
  VC_TRY(result.global_inputs_, GlobSet::compile(config.global_inputs));
  result.global_files_ = {config.file, "turbo.json", "turbo.jsonc"};
  if (!workspace.lockfile.empty()) {
    result.global_files_.push_back(workspace.lockfile);
  }
  return result;
}

bool PackageOfFile::is_global(std::string_view file) const {
  return std::ranges::find(global_files_, file) != global_files_.end() ||
         global_inputs_.matches(file);
}

// As the keys have it: every one holds the files of such a package.
bool PackageOfFile::is_counted_everywhere(PackageId package) const {
  return std::ranges::binary_search(workspace_.counted_everywhere, package);
}

std::optional<PackageId> PackageOfFile::owner_of(std::string_view file) const {
  std::string_view directory = file;
  while (!directory.empty()) {
    const std::size_t slash = directory.rfind('/');
    directory = directory.substr(0, slash == std::string_view::npos ? 0 : slash);
    if (const auto owner = by_directory_.find(directory); owner != by_directory_.end()) {
      return owner->second;
    }
  }
  return std::nullopt;
}

// Packages of the kind that the file counts for.
void PackageOfFile::add_users(const std::string& file, PackageSet& packages) const {
  for (std::uint32_t index = 0; index < workspace_.shared_files.size(); ++index) {
    if (!std::ranges::binary_search(workspace_.shared_files[index].paths, file)) {
      continue;
    }
    for (const Package& package : workspace_.packages) {
      if (std::ranges::binary_search(package.shared, index)) {
        packages[package.id] = true;
      }
    }
  }
}

ChangedPackages PackageOfFile::owners(const std::vector<std::string>& files,
                                      const std::optional<PackageSet>& lockfile_users) const {
  ChangedPackages result{.packages = PackageSet(workspace_.packages.size()), .global_file = {}};
  for (const std::string& file : files) {
    if (lockfile_users && file == workspace_.lockfile && !global_inputs_.matches(file)) {
      add_all(result.packages, *lockfile_users);
      continue;
    }
    const std::optional<PackageId> owner = owner_of(file);
    if (is_global(file) || (owner && is_counted_everywhere(*owner))) {
      result.packages.assign(workspace_.packages.size(), true);
      result.global_file = file;
      return result;
    }
    add_users(file, result.packages);
    if (owner) {
      result.packages[*owner] = true;
    }
  }
  return result;
}

}  // namespace vc::agent
