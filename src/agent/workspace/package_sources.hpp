// PackageSource: who says where the packages are.
//
// `packages:` of velocity.yml replaces everything; else what npm, yarn, bun and pnpm are told,
// taken together; else the folders people use without telling anybody.
#pragma once

#include "agent/config.hpp"
#include "agent/workspace/manifest.hpp"
#include "agent/workspace/package_globs.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

// What makes a folder that a pattern names a package.
enum class Evidence {
  any_content,  // Anything but node_modules and hidden entries.
  build_file,   // A manifest or build file of any language.
  package_json,
};

struct PackageSource {
  std::vector<PackagePattern> patterns;
  Evidence evidence = Evidence::build_file;
  bool root_is_listed = false;  // "." is one of the patterns of velocity.yml.
  bool must_find_each = false;  // A pattern that finds nothing is a mistake.
  bool is_guess = false;        // Nobody says anything: the folders people use.
};

// `root_manifest` is the package.json of the root, if there is one.
std::expected<PackageSource, Diagnostics> package_source(
    const Config& config, const std::optional<Manifest>& root_manifest);

}  // namespace vc::agent
