// Which packages the changed files belong to.
#pragma once

#include "agent/selection/package_walk.hpp"
#include "agent/workspace.hpp"
#include "core/glob.hpp"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace vc::agent {

struct ChangedPackages {
  PackageSet packages;
  // "package-lock.json": the changed file because of which every package counts as changed; "" when
  // there is none.
  std::string global_file;
};

// A file belongs to the innermost package whose folder it is in. The configuration (also a
// turbo.json), the lockfile, what `global_inputs` matches and the packages whose files are in every
// key belong to every package; what counts for packages of one kind, such as Cargo.lock, to these;
// what else lies outside of all packages to none.
class PackageOfFile {
 public:
  // Both must outlive it. Errc::invalid for `global_inputs` that are no patterns.
  static Result<PackageOfFile> create(const Config& config, const Workspace& workspace);

  // `lockfile_users` instead of every package for the lockfile, where that is known.
  ChangedPackages owners(const std::vector<std::string>& files,
                         const std::optional<PackageSet>& lockfile_users = {}) const;

 private:
  explicit PackageOfFile(const Workspace& workspace);
  bool is_global(std::string_view file) const;
  bool is_counted_everywhere(PackageId package) const;
  std::optional<PackageId> owner_of(std::string_view file) const;
  void add_users(const std::string& file, PackageSet& packages) const;

  const Workspace& workspace_;
  GlobSet global_inputs_;
  std::vector<std::string> global_files_;
  std::unordered_map<std::string_view, PackageId> by_directory_;
};

}  // namespace vc::agent
