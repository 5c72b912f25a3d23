// NativePackages: what manifests other than package.json say: Cargo, Go, uv, Maven and Gradle.
//
// Each reader finds its packages, reads their manifests and resolves by its own rules which uses
// which; what comes out is the same for all of them. A folder may be a package of several kinds.
// docs/workspaces.md says what is read from where.
#pragma once

#include "agent/diagnostic.hpp"
#include "core/directory_listing.hpp"
#include "core/files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vc::agent {

// A folder that a package's manifest says it needs, be it a package of the workspace or not.
struct NativeUse {
  std::string directory;  // Relative to the root; "" is the root.
  // The tool lets two packages use each other this way: only to test, or as Go's modules may.
  bool may_circle = false;

  friend auto operator<=>(const NativeUse&, const NativeUse&) = default;
};

struct NativePackage {
  std::string directory;  // Relative to the root; "" is the root.
  std::string name;       // What its tool calls it; "" when the manifest does not say.
  std::string version;    // "" when the manifest gives none.
  std::string manifest;   // Relative to the root; "" when there is none (Gradle).
  std::vector<NativeUse> uses;
};

// Files beside the packages' own that count for every package of their kind.
struct SharedFiles {
  std::string name;                // What `why` calls them: the file's name when it is one.
  std::vector<std::string> paths;  // Relative to the root, sorted.
};

struct NativePackages {
  std::vector<NativePackage> packages;  // Sorted by directory, each once.
  std::vector<SharedFiles> shared;
  Diagnostics diagnostics;
};

struct NativeSearch {
  const fs::path& root;
  std::vector<std::string> folders;  // Packages that are known otherwise and have a manifest.
  bool discovers = true;             // Whether what the root's files list is added to them.
};

// Which kinds of manifests a folder has, a bit each.
using NativeMarks = std::uint8_t;

// `folder_fd` is open, `listing` what was read of it. One listing is cheaper than a look for each
// manifest: most folders have none of them.
NativeMarks native_marks(int folder_fd, const DirectoryListing& listing);

// A package that is known otherwise.
struct KnownFolder {
  std::string directory;  // Relative to the root; "" is the root.
  NativeMarks marks = 0;
};

NativePackages cargo_packages(const NativeSearch& search);
NativePackages go_packages(const NativeSearch& search);
NativePackages uv_packages(const NativeSearch& search);
NativePackages maven_packages(const NativeSearch& search);
NativePackages gradle_packages(const NativeSearch& search);

// Of all kinds, in this order: the first that names a folder gives it its name. Blocks while it
// reads files, on several threads.
std::vector<NativePackages> all_native_packages(const fs::path& root,
                                                const std::vector<KnownFolder>& folders,
                                                bool discovers);

}  // namespace vc::agent
