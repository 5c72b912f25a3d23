// PythonProject: what a pyproject.toml says that concerns us: its dependencies (PEP 621, PEP 735)
// and uv's workspace (https://docs.astral.sh/uv/concepts/projects/workspaces/).
#pragma once

#include "agent/diagnostic.hpp"
#include "agent/workspace/package_globs.hpp"

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Where `[tool.uv.sources]` takes a dependency from.
struct PythonSource {
  bool workspace = false;
  std::vector<std::string> paths;  // Folders; several when they depend on the platform.
  // Otherwise git, a URL or an index: never this workspace's.
};

struct PythonDependency {
  std::string name;        // Normalised (PEP 503).
  bool for_tests = false;  // Of a group: not what the package is installed with.
};

struct PythonProject {
  bool has_project = false;
  std::string name;  // As written.
  std::string version;
  std::vector<PythonDependency> dependencies;
  std::map<std::string, PythonSource> sources;  // By normalised name.

  bool has_workspace = false;
  std::vector<PackagePattern> members;
  std::vector<PackagePattern> exclude;
};

// Runs of "-", "_" and "." are one "-", letters are small (PEP 503).
std::string normalized_python_name(std::string_view name);

// `file` is what diagnostics call it.
std::expected<PythonProject, Diagnostic> parse_python_project(std::string_view text,
                                                              std::string_view file);

}  // namespace vc::agent
