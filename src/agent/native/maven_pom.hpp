// MavenPom: what a pom.xml says that concerns us (https://maven.apache.org/pom.html).
#pragma once

#include "agent/diagnostic.hpp"

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `${project.groupId}` and its like are put in; other properties stay as they are written.
struct MavenCoordinates {
  std::string group;  // "" when the pom does not say: its parent's.
  std::string artifact;
};

struct MavenModule {
  std::string path;  // A folder or a pom, relative to this pom's folder.
  SourcePosition at;
};

struct MavenPom {
  MavenCoordinates own;
  std::string version;
  bool has_parent = false;
  MavenCoordinates parent;
  std::string parent_path;  // Relative to this pom's folder; "" when it is from a repository.
  bool is_pom = false;      // packaging: there is nothing to build in this folder.
  std::vector<MavenModule> modules;
  std::vector<MavenCoordinates> dependencies;  // Also plugins and extensions.
};

// `file` is what diagnostics call it.
std::expected<MavenPom, Diagnostic> parse_maven_pom(std::string_view text, std::string_view file);

}  // namespace vc::agent
