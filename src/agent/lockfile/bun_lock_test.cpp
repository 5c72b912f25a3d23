#include "agent/testing/lock_bench.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::count_reached;
using testing::reached;

constexpr std::string_view kBunLock = R"({
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "shop", "devDependencies": { "typescript": "^5.0.0", }, },
    "packages/web": {
      "name": "@shop/web", "version": "1.0.0",
      "dependencies": { "@shop/ui": "workspace:*", "left": "^1.0.0", },
    },
    "packages/ui": {
      "name": "@shop/ui",
      "dependencies": { "left": "^2.0.0", },
      "peerDependencies": { "absent": "*", },
    },
    "packages/lost": { "name": "lost", "dependencies": { "nowhere": "1", }, },
  },
  "trustedDependencies": ["left"],
  "overrides": { "x": "1", },
  "catalog": { "left": "^2.0.0", },
  "packages": {
    "@shop/ui": ["@shop/ui@workspace:packages/ui"],
    "@shop/web": ["@shop/web@workspace:packages/web"],
    "left": ["left@2.0.0", "", { "dependencies": { "shared": "^2" } }, "sha512-left20"],
    "@shop/web/left": ["left@1.9.0", "", { "dependencies": { "shared": "^1" } }, "sha512-left19"],
    "@shop/web/left/shared": ["shared@1.0.0", "", {}, "sha512-shared1"],
    "shared": ["shared@2.0.0", "", { "optionalDependencies": { "no": "1" } }, "sha512-shared2"],
    "typescript": ["typescript@5.4.5", "", { "bin": { "tsc": "bin/tsc" } }, "sha512-ts"],
  },
})";

TEST(BunLockTest, NamesResolveInTheNearestPlace) {
  const auto graph = read_bun_lock(kBunLock);
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(reached(*graph, "").size(), 1U);
  EXPECT_EQ(reached(*graph, "packages/ui").size(), 2U);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "sha512-shared2"), 1);
  EXPECT_EQ(reached(*graph, "packages/web").size(), 4U);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-left19"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-shared1"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "?"), 0);
  EXPECT_EQ(count_reached(*graph, "packages/lost", "?"), 1);
}

TEST(BunLockTest, WhatIsSaidOfAllIsKept) {
  const auto graph = read_bun_lock(kBunLock);
  ASSERT_TRUE(graph);
  EXPECT_TRUE(graph->settings.contains("trustedDependencies"));
  EXPECT_TRUE(graph->settings.contains("overrides"));
  EXPECT_FALSE(graph->settings.contains("catalog"));
}

TEST(BunLockTest, OthersAreRefused) {
  for (const std::string_view text :
       {"", R"({"lockfileVersion": 2, "workspaces": {}, "packages": {}})",
        R"({"lockfileVersion": 1, "packages": {}})", R"({"lockfileVersion": 1, "workspaces": {}})",
        R"({"lockfileVersion": 1, "workspaces": {"": 1}, "packages": {}})",
        R"({"lockfileVersion": 1, "workspaces": {}, "packages": {"a": {}}})",
        R"({"lockfileVersion": 1, "workspaces": {}, "packages": {"a": [1]}})",
        R"({"lockfileVersion": 1, "workspaces": {}, "packages": {"a": ["a@workspace:gone"]}})"}) {
    EXPECT_FALSE(read_bun_lock(text)) << text;
  }
}

}  // namespace
}  // namespace vc::agent
