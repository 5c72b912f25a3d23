// LoadedPackage: the files of one package folder that describe it, read.
#pragma once

#include "agent/config.hpp"
#include "agent/native/native_packages.hpp"
#include "agent/workspace/manifest.hpp"
#include "agent/workspace/package_sources.hpp"
#include "core/directory_listing.hpp"

#include <optional>
#include <string>

namespace vc::agent {

struct LoadedPackage {
  std::string directory;  // Relative to the root; "" is the root.
  bool is_package = false;
  std::optional<Manifest> manifest;     // package.json
  std::optional<PackageConfig> config;  // velocity.yml; never of the root.
  NativeMarks native_marks = 0;
  Diagnostics errors;
};

// `scratch` is for its buffer.
LoadedPackage load_package(const fs::path& root, const PackageFolder& folder, Evidence evidence,
                           DirectoryListing& scratch);

// `directory` with '/' and `name` behind it; just the name in the root.
std::string path_in(std::string_view directory, std::string_view name);

}  // namespace vc::agent
