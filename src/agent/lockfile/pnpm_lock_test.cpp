#include "agent/testing/lock_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

using testing::count_reached;
using ::testing::HasSubstr;
using testing::reached;

constexpr std::string_view kVersion9 = R"(lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

catalogs:
  default:
    left:
      specifier: ^2.0.0
      version: 2.0.0

overrides:
  odd: 1.0.0

importers:

  .:
    devDependencies:
      typescript:
        specifier: ^5.0.0
        version: 5.4.5

  packages/api: {}

  packages/ui:
    dependencies:
      left:
        specifier: 'catalog:'
        version: 2.0.0(patch_hash=abc)(react@18.0.0)
      outside:
        specifier: link:../../../outside
        version: link:../../../outside

  packages/web:
    dependencies:
      '@shop/ui':
        specifier: workspace:*
        version: link:../ui
      alias:
        specifier: npm:@s/real@^1.0.0
        version: '@s/real@1.0.0'
      git:
        specifier: github:some/git
        version: https://codeload.example/some/git/tar.gz/0123
    optionalDependencies:
      other:
        specifier: npm:left@1
        version: left@1.9.0

  packages/lost:
    dependencies:
      nowhere:
        specifier: 1.0.0
        version: 1.0.0

packages:

  '@s/real@1.0.0':
    resolution: {integrity: sha512-real}
    engines: {node: '>=6'}

  git@https://codeload.example/some/git/tar.gz/0123:
    resolution: {tarball: https://codeload.example/some/git/tar.gz/0123}
    version: 3.0.0

  left@1.9.0:
    resolution: {integrity: sha512-left19}
    deprecated: |-
      be: gone

  left@2.0.0:
    resolution: {integrity: sha512-left20}
    peerDependencies:
      react: '*'

  react@18.0.0:
    resolution: {integrity: sha512-react}

  typescript@5.4.5:
    resolution: {integrity: sha512-ts}
    hasBin: true

snapshots:

  '@s/real@1.0.0':
    dependencies:
      react: 18.0.0

  git@https://codeload.example/some/git/tar.gz/0123: {}

  left@1.9.0: {}

  left@2.0.0(patch_hash=abc)(react@18.0.0):
    dependencies:
      react: 18.0.0

  react@18.0.0: {}

  typescript@5.4.5: {}
)";

TEST(PnpmLockTest, Version9FollowsImportersAndSnapshots) {
  const auto graph = read_pnpm_lock(kVersion9);
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(reached(*graph, "").size(), 1U);
  EXPECT_EQ(count_reached(*graph, "", "sha512-ts"), 1);
  EXPECT_TRUE(reached(*graph, "packages/api").empty());
  EXPECT_EQ(reached(*graph, "packages/ui").size(), 2U);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "patch_hash=abc"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "sha512-left20"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/ui", "sha512-react"), 1);
  EXPECT_EQ(reached(*graph, "packages/web").size(), 5U) << "its own three, and those of ui";
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-real"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-left19"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "tar.gz/0123"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/lost", "?"), 1);
}

TEST(PnpmLockTest, WhatIsSaidOfAllIsKept) {
  const auto graph = read_pnpm_lock(kVersion9);
  ASSERT_TRUE(graph);
  EXPECT_THAT(graph->settings, HasSubstr("autoInstallPeers: true"));
  EXPECT_THAT(graph->settings, HasSubstr("odd: 1.0.0"));
  EXPECT_FALSE(graph->settings.contains("sha512"));
  EXPECT_FALSE(graph->settings.contains("left")) << "a catalog is no setting";
}

TEST(PnpmLockTest, Version6HasItAllInPackages) {
  const auto graph = read_pnpm_lock(R"(lockfileVersion: '6.0'

importers:
  .: {}
  packages/web:
    dependencies:
      alias:
        specifier: npm:real@1
        version: /real@1.0.0
      local:
        specifier: file:../../vendor/local
        version: file:vendor/local
      left:
        specifier: ^2.0.0
        version: 2.0.0(react@18.0.0)

packages:

  /left@2.0.0(react@18.0.0):
    resolution: {integrity: sha512-left20}
    dependencies:
      react: 18.0.0
    dev: false

  /react@18.0.0:
    resolution: {integrity: sha512-react}

  /real@1.0.0:
    resolution: {integrity: sha512-real}

  file:vendor/local:
    resolution: {directory: vendor/local, type: directory}
    name: local
)");
  ASSERT_TRUE(graph) << graph.error().message;
  EXPECT_EQ(reached(*graph, "packages/web").size(), 4U);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-real"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "vendor/local"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "sha512-react"), 1);
  EXPECT_EQ(count_reached(*graph, "packages/web", "?"), 0);
}

TEST(PnpmLockTest, APackageWithoutAResolutionIsUnresolved) {
  const auto graph = read_pnpm_lock(
      "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        version: "
      "1.0.0\n"
      "packages: {}\nsnapshots:\n  a@1.0.0: {}\n");
  ASSERT_TRUE(graph);
  EXPECT_EQ(count_reached(*graph, "", "?"), 1);
}

TEST(PnpmLockTest, OthersAreRefused) {
  for (const std::string_view text :
       {"", "lockfileVersion: 5.4\n", "lockfileVersion: '10.0'\nimporters:\n  .: {}\n",
        "lockfileVersion: '9.0'\n", "lockfileVersion: '9.0'\n<<<<<<< HEAD\n"}) {
    EXPECT_FALSE(read_pnpm_lock(text)) << text;
  }
}

}  // namespace
}  // namespace vc::agent
