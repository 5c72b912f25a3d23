#include "agent/prune/bun_lock.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

constexpr std::string_view kBunWorkspace = R"({
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "shop", "devDependencies": { "tool": "^1.0.0", }, },
    "packages/api": { "name": "api", "dependencies": { "left": "^1.0.0", }, },
    "packages/ui": { "name": "ui", "dependencies": { "right": "^2.0.0", }, },
    "packages/web": { "name": "web", "dependencies": { "left": "^2.0.0", "ui": "workspace:*", }, },
  },
  "overrides": { "x": "1", },
  "patchedDependencies": { "left@2.0.0": "patches/left.patch", "odd": 1, },
  "packages": {
    "api": ["api@workspace:packages/api"],

    "left": ["left@1.0.0", "", { "dependencies": { "inner": "1" } }, "sha512-left1"],

    "inner": ["inner@1.0.0", "", {}, "sha512-inner1"],

    "right": ["right@2.0.0", "", {}, "sha512-right"],

    "tool": ["tool@1.0.0", "", {}, "sha512-tool"],

    "ui": ["ui@workspace:packages/ui"],

    "web": ["web@workspace:packages/web"],

    "web/left": ["left@2.0.0", "", { "dependencies": { "inner": "2" } }, "sha512-left2"],

    "web/left/inner": ["inner@2.0.0", "", {}, "sha512-inner2"],
  }
})";

std::string pruned_bun(std::string_view text, const std::vector<std::string>& directories) {
  const auto pruned = prune_bun_lock(text, directories);
  return pruned ? *pruned : "error: " + pruned.error().message;
}

TEST(PrunedBunLockTest, StaysWhatThePackagesLeadTo) {
  const std::string web = pruned_bun(kBunWorkspace, {"packages/ui", "packages/web"});
  EXPECT_EQ(
      web,
      R"({"lockfileVersion":1,"workspaces":{"":{"name":"shop","devDependencies":{"tool":"^1.0.0"}},)"
      R"("packages/ui":{"name":"ui","dependencies":{"right":"^2.0.0"}},)"
      R"("packages/web":{"name":"web","dependencies":{"left":"^2.0.0","ui":"workspace:*"}}},)"
      R"("overrides":{"x":"1"},"patchedDependencies":{"left@2.0.0":"patches/left.patch","odd":1},)"
      R"("packages":{"right":["right@2.0.0","",{},"sha512-right"],)"
      R"("tool":["tool@1.0.0","",{},"sha512-tool"],"ui":["ui@workspace:packages/ui"],)"
      R"("web":["web@workspace:packages/web"],)"
      R"("web/left":["left@2.0.0","",{"dependencies":{"inner":"2"}},"sha512-left2"],)"
      R"("web/left/inner":["inner@2.0.0","",{},"sha512-inner2"]}})"
      "\n");
  EXPECT_EQ(pruned_bun(web, {"packages/ui", "packages/web"}), web);
  const std::string api = pruned_bun(kBunWorkspace, {"packages/api"});
  EXPECT_TRUE(api.contains("left1") && api.contains("inner1") && api.contains("tool")) << api;
  EXPECT_FALSE(api.contains("left2") || api.contains("inner2") || api.contains("right@")) << api;
}

TEST(PrunedBunLockTest, GapsAndOtherFormatsAreErrors) {
  EXPECT_EQ(pruned_bun(kBunWorkspace, {"packages/new"}), "error: it does not know packages/new");
  EXPECT_TRUE(pruned_bun("[]", {}).starts_with("error: "));
  EXPECT_TRUE(pruned_bun(R"({"lockfileVersion": 2, "workspaces": {}, "packages": {}})", {})
                  .contains("lockfileVersion"));
  EXPECT_TRUE(pruned_bun(R"({"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"a": "1"}}},
                             "packages": {}})",
                         {})
                  .contains("does not say everything"));
  EXPECT_EQ(pruned_bun(R"({"lockfileVersion": 1, "x": 0.1, "workspaces": {}, "packages": {}})", {}),
            "error: a number in it is not a 64-bit integer");
}

TEST(PrunedBunLockTest, PatchesAreNamed) {
  EXPECT_EQ(bun_patches(kBunWorkspace), std::vector<std::string>{"patches/left.patch"});
  EXPECT_TRUE(bun_patches("{").empty());
}

}  // namespace
}  // namespace vc::agent
