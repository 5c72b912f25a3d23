// SharedIngredients: files beside the packages that count for all packages of one kind, such as
// Cargo.lock for every crate.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/fingerprint/task_inputs.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vc::agent {

class SharedIngredients {
 public:
  using Paths = std::shared_ptr<const std::vector<std::string>>;

  // `workspace_files`: the workspace's own request, hashed.
  SharedIngredients(const Workspace& workspace, const PackageInputs& workspace_files);

  void add_to(PackageId package, std::vector<Ingredient>& ingredients) const;

  // The lockfile and all shared files of the package; sorted.
  Paths files_of(PackageId package) const;

 private:
  std::vector<Ingredient> of_files_;  // By index into Workspace::shared_files.
  std::vector<std::vector<std::uint32_t>> of_package_;
  std::map<std::vector<std::uint32_t>, Paths> paths_;  // By what packages have in common.
};

}  // namespace vc::agent
