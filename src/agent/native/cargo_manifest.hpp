// CargoManifest: what a Cargo.toml says that concerns us
// (https://doc.rust-lang.org/cargo/reference/manifest.html).
#pragma once

#include "agent/diagnostic.hpp"
#include "agent/workspace/package_globs.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct CargoDependency {
  std::string key;         // The table's key: the name in the code.
  std::string package;     // The crate's own name: `package`, else the key.
  std::string path;        // "" when the crate is from a registry or repository.
  bool inherited = false;  // `workspace = true`: the root's table says where it is.
  bool for_tests = false;  // dev-dependencies.
};

struct CargoManifest {
  bool has_package = false;
  std::string name;
  std::string version;                        // "" when inherited.
  std::vector<CargoDependency> dependencies;  // Also of builds, of tests and of all targets.

  bool has_workspace = false;
  std::vector<PackagePattern> members;
  std::vector<std::string> exclude;  // Paths, without wildcards.
  std::string workspace_version;
  std::vector<CargoDependency> workspace_dependencies;
  std::vector<CargoDependency> patches;  // `[patch.*]`: what stands in for a crate.
};

// `file` is what diagnostics call it.
std::expected<CargoManifest, Diagnostic> parse_cargo_manifest(std::string_view text,
                                                              std::string_view file);

}  // namespace vc::agent
