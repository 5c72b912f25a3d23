#include "agent/native/gradle_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

std::string references(std::string_view text) {
  std::string found;
  for (const GradleReference& each : read_gradle_build(text)) {
    found += (each.by_accessor ? "projects." : "") + each.project + (each.for_tests ? "? " : " ");
  }
  return found;
}

TEST(GradleFiles, IncludesAreReadInBothLanguages) {
  const GradleSettings groovy = read_gradle_settings(R"(
rootProject.name = 'all'
include 'app', ':lib:core',
        'lib:util'   // include 'no'
/* include 'never' */
include('web')
project(':web').projectDir = new File(settingsDir, 'front/web')
)");
  EXPECT_THAT(groovy.projects, ElementsAre(":app", ":lib:core", ":lib:util", ":web"));
  EXPECT_THAT(groovy.folders, ElementsAre(Pair(":web", "front/web")));
  EXPECT_FALSE(groovy.has_computed);
  const GradleSettings kotlin = read_gradle_settings(R"(
pluginManagement { repositories { gradlePluginPortal() } }
include(":app")
include(
    ":lib:core",
    ":lib:util",
)
project(":app").projectDir = file("apps/app")
)");
  EXPECT_THAT(kotlin.projects, ElementsAre(":app", ":lib:core", ":lib:util"));
  EXPECT_THAT(kotlin.folders, ElementsAre(Pair(":app", "apps/app")));
  EXPECT_FALSE(kotlin.has_computed);
}

TEST(GradleFiles, WhatIsComputedIsSaidToBe) {
  EXPECT_TRUE(read_gradle_settings("rootDir.eachDir { include it.name }").has_computed);
  EXPECT_TRUE(read_gradle_settings("include(\":lib:$name\")").has_computed);
  const GradleSettings tree = read_gradle_settings("fileTree('x') { include '**/*.gradle' }");
  EXPECT_FALSE(tree.has_computed);
  EXPECT_THAT(tree.projects, IsEmpty());
  EXPECT_THAT(read_gradle_settings("includeBuild 'tools'\nincludeGroup('x')").projects, IsEmpty());
}

TEST(GradleFiles, ProjectsThatABuildNamesAreFound) {
  EXPECT_EQ(references(R"(
dependencies {
    implementation project(':core')
    api(project(path: ':api', configuration: 'shadow'))
    // implementation project(':old')
    testImplementation project(':fixtures')
    implementation(project(path = ":kotlin"))
    implementation(projects.libCore.api)
    implementation "org.x:project:1.0"
}
)"),
            ":core :api :fixtures? :kotlin projects.libCore.api ");
}

TEST(GradleFiles, AccessorsAreSpelledAsGradleDoes) {
  EXPECT_EQ(gradle_accessor(":lib-core:api_v2:x"), "libCore.apiV2.x");
}

TEST(GradleFiles, TextsThatDoNotEndEndSomewhere) {
  for (const std::string_view text : {"include '", "include \"\\", "include '''a", "/*", "include(",
                                      "project(", "project(':a').projectDir =", "projects."}) {
    static_cast<void>(read_gradle_settings(text));
    static_cast<void>(read_gradle_build(text));
  }
  EXPECT_THAT(read_gradle_settings("include 'a\ninclude 'b'").projects, ElementsAre(":a", ":b"));
}

}  // namespace
}  // namespace vc::agent
