#include "agent/testing/lock_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::count_reached;
using ::testing::HasSubstr;
using testing::reached;

constexpr std::string_view kNpmLock = R"({
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": true,
  "packages": {
    "": {"name": "shop", "workspaces": ["packages/*"], "devDependencies": {"typescript": "^5.0.0"}},
    "packages/web": {"version": "1.0.0", "dependencies": {"ui": "*", "left": "^1.0.0"}},
    "packages/web/node_modules/left": {"version": "1.9.0", "integrity": "sha512-left19",
      "dependencies": {"shared": "^1.0.0"}},
    "packages/ui": {"version": "1.0.0", "dependencies": {"left": "^2.0.0"},
      "peerDependencies": {"absent-peer": "*"}, "optionalDependencies": {"absent-option": "1"}},
    "packages/api": {"version": "1.0.0", "devDependencies": {"@s/tool": "1.0.0"}},
    "packages/lost": {"version": "1.0.0", "dependencies": {"nowhere": "1.0.0"}},
    "node_modules/typescript": {"version": "5.4.5", "integrity": "sha512-ts", "dev": true},
    "node_modules/web": {"resolved": "packages/web", "link": true},
    "node_modules/ui": {"resolved": "packages/ui", "link": true},
    "node_modules/left": {"version": "2.0.0", "integrity": "sha512-left20",
      "dependencies": {"shared": "^2.0.0"}},
    "node_modules/left/node_modules/shared": {"version": "2.0.0", "integrity": "sha512-shared2"},
    "node_modules/shared": {"version": "1.0.0", "integrity": "sha512-shared1"},
    "node_modules/@s/tool": {"version": "1.0.0", "integrity": "sha512-tool",
      "dependencies": {"shared": "*", "@s/part": "*"}},
    "node_modules/@s/tool/node_modules/@s/part": {"version": "7.0.0", "integrity": "sha512-part"}
  }
})";

TEST(NpmLockTest, NamesResolveInTheNearestNodeModules) {
  const auto graph = read_npm_lock(kNpmLock);
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(reached(*graph, "").size(), 1U);
  EXPECT_EQ(count_reached(*graph, "", "sha512-ts"), 1);
  EXPECT_EQ(reached(*graph, "packages/api").size(), 3U);
  EXPECT_EQ(count_reached(*graph, "packages/api", "sha512-tool"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/api", "sha512-part"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/api", "sha512-shared1"), 1);
  // Optional and peer dependencies that are not there are not missed.
  EXPECT_EQ(reached(*graph, "packages/ui").size(), 2U);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "sha512-left20"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "sha512-shared2"), 1);
}

TEST(NpmLockTest, WhatAPackageOfTheWorkspaceBringsCountsForItsUsers) {
  const auto graph = read_npm_lock(kNpmLock);
  ASSERT_TRUE(graph);
  EXPECT_EQ(reached(*graph, "packages/web").size(), 4U);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-left19"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-left20"), 1);
}

TEST(NpmLockTest, ADependencyWithoutAnEntryIsUnresolved) {
  const auto graph = read_npm_lock(kNpmLock);
  ASSERT_TRUE(graph);
  EXPECT_EQ(count_reached(*graph, "packages/lost", "?"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "?"), 0);
}

TEST(NpmLockTest, WhatIsSaidOfAllIsKept) {
  const auto graph = read_npm_lock(
      R"({"name": "a", "lockfileVersion": 2, "overrides": {"x": "1"}, "packages": {"": {}},
          "dependencies": {"legacy": {}}})");
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->settings, R"({"lockfileVersion":2,"overrides":{"x":"1"}})");
}

TEST(NpmLockTest, AnAliasIsTheNameAndWhatIsBehindIt) {
  const auto graph = read_npm_lock(
      R"({"lockfileVersion": 3, "packages": {"": {"dependencies": {"old": "npm:left@1"}},
          "node_modules/old": {"name": "left", "version": "1.0.0", "integrity": "sha512-l"}}})");
  ASSERT_TRUE(graph);
  EXPECT_EQ(count_reached(*graph, "", R"({"place":"old","name":"left","version":"1.0.0")"), 1);
}

TEST(NpmLockTest, OthersAreRefused) {
  for (const std::string_view text :
       {"", "[]", "{", R"({"lockfileVersion": 1, "dependencies": {}})", R"({"lockfileVersion": 3})",
        R"({"lockfileVersion": 4, "packages": {}})", R"({"lockfileVersion": "3", "packages": {}})",
        R"({"lockfileVersion": 3, "packages": {"node_modules/a": 1}})",
        R"({"lockfileVersion": 3, "packages": {"": {},}})"}) {
    EXPECT_FALSE(read_npm_lock(text)) << text;
  }
  EXPECT_THAT(read_npm_lock(R"({"lockfileVersion": 1})").error().message,
              HasSubstr("lockfileVersion"));
}

TEST(NpmLockTest, ALinkToNowhereIsUnresolved) {
  const auto graph = read_npm_lock(
      R"({"lockfileVersion": 3, "packages": {"": {"dependencies": {"a": "*"}},
          "node_modules/a": {"link": true, "resolved": "gone"}}})");
  ASSERT_TRUE(graph);
  EXPECT_EQ(count_reached(*graph, "", "?"), 1);
}

}  // namespace
}  // namespace vc::agent
