#include "agent/workspace.hpp"

#include "agent/workspace/manifest.hpp"
#include "agent/workspace/package_globs.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class WorkspaceTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text = "x") {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  // A package.json with a name, and `more` behind it: `,"version":"1.0.0"`.
  void manifest(const std::string& directory, std::string_view name, std::string_view more = "") {
    write(directory.empty() ? "package.json" : directory + "/package.json",
          "{\"name\":\"" + std::string(name) + "\"" + std::string(more) + "}");
  }

  // velocity.yml without the version line and the pipeline.
  std::expected<Workspace, Diagnostics> discover(std::string_view config_lines = "") {
    auto config =
        parse_config("version: 1\npipeline: {build: {command: make}}\n" + std::string(config_lines),
                     root_ / "velocity.yml", {});
    EXPECT_TRUE(config) << (config ? "" : render(config.error()));
    return discover_workspace(*config);
  }

  std::vector<std::string> names(std::string_view config_lines = "") {
    const auto workspace = discover(config_lines);
    std::vector<std::string> names;
    if (!workspace) {
      names.push_back(render(workspace.error()));
      return names;
    }
    for (const Package& package : workspace->packages) {
      EXPECT_EQ(package.id, names.size());
      names.push_back(package.name);
    }
    return names;
  }

  std::string errors(std::string_view config_lines = "") {
    const auto workspace = discover(config_lines);
    return workspace ? "" : render(workspace.error());
  }

  // "a -> b c", of the package called `name`.
  std::vector<std::string> dependencies_of(std::string_view name) {
    const auto workspace = discover();
    EXPECT_TRUE(workspace) << (workspace ? "" : render(workspace.error()));
    std::vector<std::string> names;
    if (const Package* package = workspace ? workspace->find(name) : nullptr) {
      for (const PackageId id : package->dependencies) {
        names.push_back(workspace->packages[id].name);
      }
    }
    return names;
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
};

TEST_F(WorkspaceTest, WithoutAnythingElseTheRootIsThePackage) {
  EXPECT_THAT(names(), ElementsAre("."));
  manifest("", "solo", R"(,"version":"1.2.3","scripts":{"build":"tsc"})");
  const auto workspace = discover();
  ASSERT_TRUE(workspace);
  const Package& package = workspace->packages.at(0);
  EXPECT_EQ(package.name, "solo");
  EXPECT_EQ(package.directory, "");
  EXPECT_EQ(package.manifest, "package.json");
  EXPECT_EQ(package.version, "1.2.3");
  EXPECT_EQ(package.scripts.at("build"), "tsc");
}

TEST_F(WorkspaceTest, NpmWorkspacesNameThePackages) {
  write("package.json", R"({"workspaces":["packages/*","./tools/","!packages/old"]})");
  manifest("packages/a", "@acme/a");
  manifest("packages/b", "b");
  manifest("packages/old", "old");
  manifest("tools", "tools");
  manifest("apps/web", "web");  // Not named.
  write("packages/no-manifest/index.js");
  EXPECT_THAT(names(), ElementsAre("@acme/a", "b", "tools"));
}

TEST_F(WorkspaceTest, YarnWorkspacesMayBeAnObject) {
  write("package.json", R"({"workspaces":{"packages":["libs/{a,b}"],"nohoist":["x"]}})");
  manifest("libs/a", "a");
  manifest("libs/b", "b");
  manifest("libs/c", "c");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(WorkspaceTest, PnpmWorkspacesNameThePackages) {
  write("package.json", "{}");
  write("pnpm-workspace.yaml",
        "packages:\n  - '!**/test/**'\n  - 'packages/**'\n  - .\ncatalog: {react: ^18.0.0}\n");
  manifest("packages/a", "a");
  manifest("packages/group/b", "b");
  manifest("packages/a/test/fixture", "fixture");
  EXPECT_THAT(names(), ElementsAre("a", "b"));
}

TEST_F(WorkspaceTest, ManifestsAreTakenTogether) {
  write("package.json", R"({"workspaces":["packages/*"]})");
  write("pnpm-workspace.yaml", "packages: ['apps/*']\n");
  manifest("packages/a", "a");
  manifest("apps/b", "b");
  EXPECT_THAT(names(), ElementsAre("b", "a"));
}

// F6: the folders people use without telling anybody.
TEST_F(WorkspaceTest, TheUsualFoldersAreFoundWithoutBeingNamed) {
  manifest("apps/web", "web");
  manifest("libs/ui", "ui");
  write("packages/native/CMakeLists.txt");
  write("packages/vendored/readme.txt");
  EXPECT_THAT(names(), ElementsAre("web", "ui", "packages/native"));
}

TEST_F(WorkspaceTest, PackagesOfTheConfigReplaceDiscovery) {
  write("package.json", R"({"workspaces":["packages/*"]})");
  manifest("packages/a", "a");
  write("c/core/core.c");
  write("c/app/app.c");
  EXPECT_THAT(names("packages: [\"c/*\"]\n"), ElementsAre("c/app", "c/core"));
}

TEST_F(WorkspaceTest, TheRootIsAPackageBesideOthersOnlyWhenListed) {
  manifest("", "root");
  manifest("apps/web", "web");
  EXPECT_THAT(names("packages: [\".\", \"apps/*\"]\n"), ElementsAre("root", "web"));
  EXPECT_THAT(names("packages: [\"apps/*\"]\n"), ElementsAre("web"));
}

TEST_F(WorkspaceTest, TheLastPatternThatMatchesDecides) {
  for (const std::string name : {"a", "b", "c"}) {
    write("apps/" + name + "/x");
  }
  EXPECT_THAT(names("packages: [\"apps/*\", \"!apps/{a,b}\", apps/b]\n"),
              ElementsAre("apps/b", "apps/c"));
}

// Switching branches leaves such folders behind.
TEST_F(WorkspaceTest, AFolderWithoutContentIsNoPackage) {
  write("apps/gone/node_modules/x/package.json", "{}");
  write("apps/gone/.turbo/log");
  write("apps/here/main.c");
  ASSERT_TRUE(make_directories(root_ / "apps/empty"));
  EXPECT_THAT(names("packages: [\"apps/*\"]\n"), ElementsAre("apps/here"));
}

TEST_F(WorkspaceTest, GlobstarFindsOnlyFoldersThatSayTheyArePackages) {
  manifest("libs/deep/er/a", "a");
  write("libs/deep/er/a/src/x.c");
  write("libs/b/velocity.yml", "name: b\n");
  EXPECT_THAT(names("packages: [\"libs/**\"]\n"), ElementsAre("b", "a"));
}

TEST_F(WorkspaceTest, NodeModulesAndHiddenFoldersAreNeverEntered) {
  manifest("libs/a", "a");
  manifest("libs/a/node_modules/x", "x");
  manifest("libs/.cache/y", "y");
  manifest("libs/.git/z", "z");
  EXPECT_THAT(names("packages: [\"libs/**\"]\n"), ElementsAre("a"));
  EXPECT_THAT(errors("packages: [\"libs/a/node_modules/x\"]\n"), HasSubstr("names no folder"));
  EXPECT_THAT(names("packages: [\"libs/.cache/*\"]\n"), ElementsAre("y"));
}

TEST_F(WorkspaceTest, SymbolicLinksAreNotFollowed) {
  manifest("real/a", "a");
  ASSERT_TRUE(make_directories(root_ / "apps"));
  fs::create_directory_symlink(root_ / "real/a", root_ / "apps/a");
  fs::create_directory_symlink(root_, root_ / "apps/loop");
  fs::create_directory_symlink(root_ / "real", root_ / "linked");
  EXPECT_THAT(names("packages: [\"apps/**\", \"real/*\", \"linked/*\"]\n"), ElementsAre("a"));
}

TEST_F(WorkspaceTest, AFolderInPackagesThatDoesNotExistIsAnErrorAtThePattern) {
  write("apps/a/x");
  EXPECT_EQ(errors("packages: [\"apps/*\", apps/b]\n"),
            "velocity.yml:3:22: error[VC0203]: packages \"apps/b\" names no folder\n"
            "    3 | packages: [\"apps/*\", apps/b]\n"
            "      |                      ^~~~~~\n"
            "help: patterns are relative to the folder of velocity.yml; links are not followed\n");
  const auto workspace = discover("packages: [\"apps/*\", \"libs/*\"]\n");
  ASSERT_TRUE(workspace);
  EXPECT_THAT(render(workspace->warnings), HasSubstr("warning[VC0203]: packages \"libs/*\""));
}

TEST_F(WorkspaceTest, PatternsOfManifestsCannotLeaveTheWorkspace) {
  write("package.json", R"({"workspaces":["../*"]})");
  EXPECT_THAT(errors(), HasSubstr("package.json: error[VC0112]"));
}

TEST_F(WorkspaceTest, TwoPackagesOfOneNameAreAnErrorNamingBoth) {
  manifest("apps/a", "same");
  manifest("libs/b", "same");
  EXPECT_THAT(errors(), HasSubstr("two packages are called \"same\": apps/a/package.json and "
                                  "libs/b/package.json"));
}

TEST_F(WorkspaceTest, AMalformedManifestIsShownWithItsPosition) {
  write("apps/a/package.json", "{\n  \"name\": \"a\",,\n}\n");
  write("apps/b/package.json", "{\n  \"scripts\": []\n}\n");
  write("apps/c/package.json", "[]");
  const std::string text = errors();
  EXPECT_THAT(text, HasSubstr("apps/a/package.json:2:15: error[VC0201]: not valid JSON"));
  EXPECT_THAT(text, HasSubstr("    2 |   \"name\": \"a\",,\n"));
  EXPECT_THAT(text, HasSubstr("apps/b/package.json:2:3: error[VC0201]: \"scripts\" must be"));
  EXPECT_THAT(text, HasSubstr("apps/c/package.json:1:1: error[VC0201]: a manifest must be"));
}

TEST_F(WorkspaceTest, AManifestThatCannotBeReadIsAnErrorNotAnAbsentOne) {
  ASSERT_TRUE(make_directories(root_ / "apps/a/package.json"));
  EXPECT_THAT(errors(), HasSubstr("apps/a/package.json: error[VC0101]"));
}

TEST_F(WorkspaceTest, TheSizeOfAManifestIsLimited) {
  const std::string small = "{\"name\":\"a\"}";
  write("apps/a/package.json", small + std::string(kManifestBytesMax - small.size(), ' '));
  EXPECT_THAT(names(), ElementsAre("a"));
  write("apps/a/package.json", small + std::string(kManifestBytesMax - small.size() + 1, ' '));
  EXPECT_THAT(errors(), HasSubstr("apps/a/package.json: error[VC0101]"));
}

TEST_F(WorkspaceTest, APackageWithoutANameIsCalledByItsFolder) {
  write("apps/a/package.json", "{}");
  EXPECT_THAT(names(), ElementsAre("apps/a"));
}

TEST_F(WorkspaceTest, ANameThatWouldMakeLabelsAmbiguousIsAnError) {
  manifest("apps/a", "a#b");
  EXPECT_THAT(errors(), HasSubstr("contains a blank or \"#\""));
}

TEST_F(WorkspaceTest, APackagesOwnConfigNamesItAndItsDependencies) {
  write("c/core/core.c");
  write("c/core/velocity.yml", "name: core\n");
  write("c/app/velocity.yml",
        "name: app\ndepends_on: [core, c/util]\npipeline: {build: {cache: false}}\n");
  write("c/util/util.c");
  const auto workspace = discover("packages: [\"c/*\"]\n");
  ASSERT_TRUE(workspace) << render(workspace.error());
  const Package* app = workspace->find("app");
  ASSERT_NE(app, nullptr);
  EXPECT_THAT(app->dependencies,
              ElementsAre(workspace->find("core")->id, workspace->find("c/util")->id));
  EXPECT_FALSE(app->overrides.at("build").cache);
}

TEST_F(WorkspaceTest, AnUnknownDependencyOfAPackageIsAnErrorWithASuggestion) {
  write("apps/core/velocity.yml", "name: core\n");
  write("apps/app/velocity.yml", "name: app\ndepends_on:\n  - cor\n");
  const std::string text = errors();
  EXPECT_THAT(text, HasSubstr("apps/app/velocity.yml:3:5: error[VC0204]"));
  EXPECT_THAT(text, HasSubstr("did you mean \"core\"?"));
}

TEST_F(WorkspaceTest, ErrorsOfAllPackagesAreReportedAtOnce) {
  write("apps/a/velocity.yml", "nam: a\n");
  write("apps/b/package.json", "{");
  const std::string text = errors();
  EXPECT_THAT(text, HasSubstr("apps/a/velocity.yml:1:1"));
  EXPECT_THAT(text, HasSubstr("apps/b/package.json"));
}

TEST_F(WorkspaceTest, TheConfigOfTheRootIsNotThatOfAPackage) {
  write("velocity.yml", "version: 1\npipeline: {build: {command: make}}\n");
  EXPECT_THAT(names(), ElementsAre("."));
}

// B22: an edge for every range that resolves to the workspace, whoever the package manager is.
TEST_F(WorkspaceTest, AnyRangeThatResolvesToThePackageIsAnEdge) {
  manifest("packages/lib", "lib", R"(,"version":"1.4.0")");
  for (const std::string range : {"^1.0.0",
                                  "~1.4.0",
                                  "1.4.0",
                                  "1.x",
                                  "*",
                                  "",
                                  ">=1 <2",
                                  "1.0.0 - 1.9.0",
                                  "^0.9.0 || ^1.0.0",
                                  "workspace:*",
                                  "workspace:^",
                                  "workspace:~",
                                  "workspace:1.4.0",
                                  "workspace:../lib",
                                  "file:../lib",
                                  "link:../lib",
                                  "portal:../lib/",
                                  "latest",
                                  "catalog:",
                                  "npm:lib@^1.0.0"}) {
    manifest("packages/app", "app", ",\"dependencies\":{\"lib\":\"" + range + "\"}");
    EXPECT_THAT(dependencies_of("app"), ElementsAre("lib")) << range;
  }
}

TEST_F(WorkspaceTest, ARangeThatMeansAnotherVersionIsNoEdge) {
  manifest("packages/lib", "lib", R"(,"version":"1.4.0")");
  for (const std::string range :
       {"^2.0.0", "1.3.0", "<1", "file:../other", "file:./vendor/lib.tgz", "link:../../../lib",
        "npm:other@^1.0.0", "https://example.com/lib.tgz", "github:acme/lib", "acme/lib",
        "git+ssh://git@example.com/lib.git"}) {
    manifest("packages/app", "app", ",\"dependencies\":{\"lib\":\"" + range + "\"}");
    EXPECT_THAT(dependencies_of("app"), IsEmpty()) << range;
  }
}

// B22
TEST_F(WorkspaceTest, EdgesComeFromAllKindsOfDependencies) {
  for (const std::string name : {"a", "b", "c", "d"}) {
    manifest("packages/" + name, name, R"(,"version":"1.0.0")");
  }
  manifest("packages/app", "app",
           R"(,"dependencies":{"a":"^1.0.0","react":"^18.0.0"},"devDependencies":{"b":"*"},)"
           R"("peerDependencies":{"c":">=1"},"optionalDependencies":{"d":"1.0.0","a":"*"})");
  EXPECT_THAT(dependencies_of("app"), ElementsAre("a", "b", "c", "d"));
}

TEST_F(WorkspaceTest, AliasesMeanThePackageTheyName) {
  manifest("packages/lib", "@acme/lib", R"(,"version":"1.4.0")");
  manifest(
      "packages/app", "app",
      R"(,"dependencies":{"x":"npm:@acme/lib@^1.0.0"},"devDependencies":{"y":"workspace:@acme/lib@*"})");
  EXPECT_THAT(dependencies_of("app"), ElementsAre("@acme/lib"));
  manifest("packages/app", "app", R"(,"dependencies":{"x":"npm:@acme/lib@^2.0.0"})");
  EXPECT_THAT(dependencies_of("app"), IsEmpty());
}

TEST_F(WorkspaceTest, WithoutAVersionEveryRangeIsAnEdge) {
  manifest("packages/lib", "lib");
  manifest("packages/app", "app", R"(,"dependencies":{"lib":"^7.0.0"})");
  EXPECT_THAT(dependencies_of("app"), ElementsAre("lib"));
}

TEST_F(WorkspaceTest, ManifestsKeepUsingTheNameOfTheManifest) {
  manifest("packages/lib", "@acme/lib", R"(,"version":"1.0.0")");
  write("packages/lib/velocity.yml", "name: lib\n");
  manifest("packages/app", "app", R"(,"dependencies":{"@acme/lib":"^1.0.0"})");
  EXPECT_THAT(dependencies_of("app"), ElementsAre("lib"));
}

TEST_F(WorkspaceTest, APackageThatDependsOnItselfHasNoEdge) {
  manifest("packages/a", "a", R"(,"devDependencies":{"a":"workspace:*"})");
  EXPECT_THAT(dependencies_of("a"), IsEmpty());
}

TEST_F(WorkspaceTest, PackagesMayUseEachOtherInACircle) {
  manifest("packages/a", "a", R"(,"dependencies":{"b":"*"})");
  manifest("packages/b", "b", R"(,"devDependencies":{"a":"*"})");
  EXPECT_THAT(dependencies_of("a"), ElementsAre("b"));
  EXPECT_THAT(dependencies_of("b"), ElementsAre("a"));
}

TEST_F(WorkspaceTest, TheLockfileTellsThePackageManager) {
  const auto none = discover();
  ASSERT_TRUE(none);
  EXPECT_EQ(none->lockfile, "");
  EXPECT_EQ(none->package_manager, "");
  write("bun.lock");
  EXPECT_EQ(discover()->package_manager, "bun");
}

TEST_F(WorkspaceTest, SeveralLockfilesAreWarnedAboutUnlessTheManifestDecides) {
  write("pnpm-lock.yaml");
  write("package-lock.json");
  const auto undecided = discover();
  ASSERT_TRUE(undecided);
  EXPECT_EQ(undecided->lockfile, "pnpm-lock.yaml");
  EXPECT_THAT(render(undecided->warnings), HasSubstr("pnpm-lock.yaml, package-lock.json"));
  write("package.json", R"({"packageManager":"npm@10.2.0"})");
  const auto decided = discover();
  ASSERT_TRUE(decided);
  EXPECT_EQ(decided->lockfile, "package-lock.json");
  EXPECT_THAT(decided->warnings, IsEmpty());
}

TEST_F(WorkspaceTest, AByteOrderMarkBeforeAManifestIsSkipped) {
  write("apps/a/package.json", "\xEF\xBB\xBF{\"name\":\"a\"}");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(WorkspaceTest, FolderDepthBelowGlobstarIsLimited) {
  std::string path = "libs";
  for (std::size_t depth = 1; depth < kFolderDepthMax; ++depth) {
    path += "/d";
  }
  manifest(path + "/last", "last");
  manifest(path + "/d/too-deep", "too-deep");
  EXPECT_THAT(names("packages: [\"libs/**\"]\n"), ElementsAre("last"));
}

// Many enough for several threads; order and ids do not depend on who reads which.
TEST_F(WorkspaceTest, ManyPackagesAreReadInTheirOrder) {
  constexpr int kCount = 150;
  for (int i = 0; i < kCount; ++i) {
    const std::string number = std::to_string(1000 + i);
    manifest("packages/p" + number, "p" + number,
             i == 0 ? std::string(R"(,"version":"1.0.0")")
                    : ",\"version\":\"1.0.0\",\"dependencies\":{\"p" + std::to_string(999 + i) +
                          "\":\"^1.0.0\"}");
  }
  const auto workspace = discover();
  ASSERT_TRUE(workspace);
  ASSERT_EQ(workspace->packages.size(), static_cast<std::size_t>(kCount));
  for (PackageId id = 1; id < kCount; ++id) {
    EXPECT_EQ(workspace->packages[id].name, "p" + std::to_string(1000 + id));
    EXPECT_THAT(workspace->packages[id].dependencies, ElementsAre(id - 1));
  }
}

TEST_F(WorkspaceTest, TheNumberOfPackagesIsLimited) {
  for (const std::string name : {"a", "b", "c"}) {
    write("apps/" + name + "/x");
  }
  const auto config = parse_config("version: 1\npackages: [\"apps/*\"]\npipeline: {}\n",
                                   root_ / "velocity.yml", {});
  ASSERT_TRUE(config);
  EXPECT_TRUE(discover_workspace(*config, {.packages_max = 3}));
  const auto workspace = discover_workspace(*config, {.packages_max = 2});
  ASSERT_FALSE(workspace);
  EXPECT_THAT(render(workspace.error()), HasSubstr("error[VC0206]: more than 2 packages"));
}

}  // namespace
}  // namespace vc::agent
