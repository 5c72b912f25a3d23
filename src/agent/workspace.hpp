// Workspace: the packages of a repository and which uses which.
//
// Packages come from what the repository already says: npm, yarn and bun `workspaces`,
// pnpm-workspace.yaml; `packages:` in velocity.yml replaces discovery; else `apps/* libs/*
// packages/*`; else the root alone.
#pragma once

#include "agent/config.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

using PackageId = std::uint32_t;  // Index into Workspace::packages.

struct Package {
  PackageId id = 0;
  std::string name;       // The manifest's, else the path.
  std::string directory;  // Relative to the root, '/'-separated; "" is the root itself.
  std::string manifest;  // Relative to the root ("packages/a/package.json"); "" when there is none.
  std::map<std::string, std::string> scripts;       // Of package.json.
  std::vector<PackageId> dependencies;              // Direct, sorted, without duplicates.
  std::map<std::string, TaskDefinition> overrides;  // From the package's own velocity.yml.
};

struct Workspace {
  fs::path root;
  std::vector<Package> packages;  // Sorted by directory.
  std::string lockfile;           // Relative to the root; "" when there is none.
  std::string package_manager;    // "npm", "pnpm", "yarn", "bun", or "" without a lockfile.
  Diagnostics warnings;

  const Package* find(std::string_view name) const;
};

std::expected<Workspace, Diagnostics> discover_workspace(const Config& config);

}  // namespace vc::agent
