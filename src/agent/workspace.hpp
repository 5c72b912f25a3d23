// Workspace: the packages of a repository and which uses which.
//
// Packages come from what the repository already says, taken together: npm, yarn and bun
// `workspaces`, pnpm-workspace.yaml, and the workspaces of Cargo, Go, uv, Maven and Gradle
// (native/); `packages:` in velocity.yml replaces discovery; else `apps/* libs/* packages/*`; else
// the root alone. Beside other packages the root is one only when `packages:` lists ".", or a
// native workspace has it. Links and node_modules are never entered. Packages may use each other in
// a circle; only tasks may not.
#pragma once

#include "agent/config.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/workspace/manifest.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

using PackageId = std::uint32_t;  // Index into Workspace::packages.

struct Package {
  PackageId id = 0;
  std::string name;  // Its velocity.yml's, else the manifest's, else the path ("." is the root).
  std::string directory;  // Relative to the root, '/'-separated; "" is the root itself.
  std::string manifest;  // Relative to the root ("packages/a/package.json"); "" when there is none.
  std::map<std::string, std::string> scripts;       // Of package.json.
  std::vector<PackageId> dependencies;              // Direct, sorted, without duplicates.
  std::map<std::string, TaskDefinition> overrides;  // From the package's own velocity.yml.
  std::string version;                              // The manifest's; "" when it gives none.
  std::string manifest_name;                        // What package.json calls it; else "".
  std::vector<ManifestDependency> requirements;     // Of package.json, from here or elsewhere.
  // Tasks of the workspace that do not apply here: those named, or all but its own.
  std::set<std::string, std::less<>> tasks_not_inherited;
  bool inherits_no_task = false;
  std::vector<std::string> native_manifests;  // Cargo.toml and its like, relative to the root.
  std::vector<std::uint32_t> shared;          // Into Workspace::shared_files, sorted.
  // Of the dependencies, those that lead back here and that no build waits for: what they consist
  // of counts, their tasks do not.
  std::vector<PackageId> circular;
};

struct Workspace {
  fs::path root;
  std::vector<Package> packages;  // Sorted by directory.
  std::string lockfile;           // Relative to the root; "" when there is none.
  std::string package_manager;    // "npm", "pnpm", "yarn", "bun", or "" without a lockfile.
  // Of the root's package.json, also when the root is no package.
  std::vector<ManifestDependency> root_requirements;
  // Whose files are in the key of every task; only a turbo.json has any (turbo/root_packages.hpp).
  std::vector<PackageId> counted_everywhere;
  std::vector<std::string> overridden;  // Packages its `resolutions` are about.
  Diagnostics warnings;
  std::vector<SharedFiles> shared_files;  // Files that count for all packages of one kind.

  // nullptr when no package has the name. Looks at every package: not for inner loops.
  const Package* find(std::string_view name) const;
};

inline constexpr std::size_t kPackagesMax = 10'000;

struct WorkspaceLimits {
  std::size_t packages_max = kPackagesMax;
};

std::expected<Workspace, Diagnostics> discover_workspace(const Config& config,
                                                         const WorkspaceLimits& limits = {});

}  // namespace vc::agent
