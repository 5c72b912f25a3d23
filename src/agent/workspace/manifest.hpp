// Manifest: what a package.json says that concerns us.
#pragma once

#include "agent/diagnostic.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::uint64_t kManifestBytesMax = 4 << 20;

enum class DependencyKind : std::uint8_t { ordinary, optional, peer };

struct ManifestDependency {
  std::string name;
  std::string range;
  DependencyKind kind = DependencyKind::ordinary;
};

struct Manifest {
  std::string name;
  std::string version;
  std::string package_manager;  // "pnpm" of "pnpm@9.1.0"
  std::map<std::string, std::string> scripts;
  std::vector<ManifestDependency> dependencies;  // Of all four kinds.
  std::optional<std::vector<std::string>> workspaces;
  std::vector<std::string> overridden;  // Packages that `resolutions` gives versions to (yarn).
};

// `file` is what diagnostics call it.
std::expected<Manifest, Diagnostic> parse_manifest(std::string_view text, std::string_view file);

}  // namespace vc::agent
