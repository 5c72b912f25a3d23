// Finds the folders that package patterns ("apps/*", "!apps/old") name.
//
// Symbolic links are not followed, node_modules is never entered, and a wildcard does not match a
// name that begins with '.'. Errors and warnings point at the pattern.
#pragma once

#include "agent/diagnostic.hpp"
#include "core/files.hpp"

#include <expected>
#include <string>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kFolderDepthMax = 32;  // Below which `**` does not look.

struct PackagePattern {
  std::string text;
  SourcePosition at;
};

struct PackageFolder {
  std::string path;  // Relative to the root, '/'-separated.
  // Only a pattern with `**` names it, which names every folder on the way as well: the folder
  // itself must say that it is a package.
  bool by_globstar = false;
};

struct FoundFolders {
  std::vector<PackageFolder> folders;   // Sorted by path.
  std::vector<bool> pattern_found_any;  // By pattern.
};

// The last pattern that matches a folder decides. The root itself ("") is never found.
std::expected<FoundFolders, Diagnostic> find_package_folders(
    const fs::path& root, const std::vector<PackagePattern>& patterns);

}  // namespace vc::agent
