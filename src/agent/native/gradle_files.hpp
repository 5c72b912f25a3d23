// What settings.gradle and build.gradle, in Groovy or Kotlin, say in plain words.
//
// These files are programs. We do not run them: only calls with literal texts are seen, wherever
// they stand, and `has_computed` tells that there were others. More edges than there are do no
// harm; projects that are not seen can be listed in `packages:`.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct GradleSettings {
  std::vector<std::string> projects;           // ":lib:core", as included; sorted, each once.
  std::map<std::string, std::string> folders;  // By project: its `projectDir`, as written.
  bool has_computed = false;                   // An `include` of something that is no literal text.
};

GradleSettings read_gradle_settings(std::string_view text);

struct GradleReference {
  // ":lib:core" of `project(":lib:core")`, or "lib.core" of the accessor `projects.lib.core`.
  std::string project;
  bool by_accessor = false;
  bool for_tests = false;  // In a statement that begins with `test...` or `androidTest...`.
};

std::vector<GradleReference> read_gradle_build(std::string_view text);

// "libCore.api" of ":lib-core:api", as Gradle spells its accessors.
std::string gradle_accessor(std::string_view project);

}  // namespace vc::agent
