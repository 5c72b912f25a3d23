// What packages of Cargo, Go, uv, Maven and Gradle need from outside of their folders: the files of
// the root that count for all of a kind, cut down to the packages that stay where that can be done.
#pragma once

#include "agent/selection/package_walk.hpp"
#include "agent/workspace.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct NativeRootFile {
  std::string path;                    // Relative to the root.
  std::optional<std::string> content;  // Instead of what it has there.
};

struct NativeRoot {
  std::vector<NativeRootFile> files;  // Sorted by path, each once.
  std::vector<std::string> notes;     // Why a file is copied whole, and what its tool may say.
};

// `stays` is by PackageId. Reads the files that it cuts down: blocks.
NativeRoot native_root_files(const Workspace& workspace, const PackageSet& stays);

}  // namespace vc::agent
