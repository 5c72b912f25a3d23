// Ingredients: the parts of a key, one by one, in the order docs/fingerprint.md gives them.
#pragma once

#include "agent/fingerprint.hpp"
#include "agent/fingerprint/task_inputs.hpp"
#include "agent/fingerprint/tool_versions.hpp"
#include "agent/lockfile/package_locks.hpp"

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

namespace vc::agent {

// From version to argument: all that is the task's own, but for its files and dependencies.
std::vector<Ingredient> own_ingredients(const TaskNode& task, const Package& package,
                                        const PackageInputs& inputs,
                                        const FingerprintOptions& options);

// The lockfile as it counts for each package: what it says to the package, or all of it.
class LockIngredients {
 public:
  // `workspace_files`: the workspace's own request, hashed. `workspace` must outlive this.
  LockIngredients(const Workspace& workspace, const PackageInputs& workspace_files,
                  Diagnostics& warnings);

  // The workspace's, where there is one, and those of the package (`inputs`) that are no input of
  // the task (`selector`) already.
  void add_to(const TaskNode& task, const PackageInputs& inputs, std::uint32_t selector,
              std::vector<Ingredient>& ingredients) const;

 private:
  void add_own(const PackageInputs& inputs, std::uint32_t selector,
               std::vector<Ingredient>& ingredients) const;

  const Workspace& workspace_;
  std::string file_;
  std::string whole_;
  PackageDigests digests_;
};

// What many tasks have in common, put together once for each distinct combination.
class Surroundings {
 public:
  using Shared = std::shared_ptr<const std::vector<Ingredient>>;

  // All must outlive this.
  Surroundings(const Config& config, const Environment& environment, ToolVersions& tools)
      : config_(config), environment_(environment), tools_(tools) {}

  // A failing tool is an error.
  Result<Shared> of(const TaskNode& task);

 private:
  using Key = std::tuple<std::vector<std::string>, std::vector<std::string>, bool>;

  Result<std::vector<Ingredient>> make(const TaskDefinition& task);

  const Config& config_;
  const Environment& environment_;
  ToolVersions& tools_;
  std::map<Key, Shared> known_;
  Shared nothing_ = std::make_shared<const std::vector<Ingredient>>();
};

// SHA-256 over the canonical encoding of everything in `fingerprint` but its key.
Digest key_of(const TaskFingerprint& fingerprint);

}  // namespace vc::agent
