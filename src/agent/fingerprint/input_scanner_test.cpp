// Which files of a package count. That default inputs are what git lists is held against git itself
// in ignore_rules_test.cpp; here is what git does not decide.

#include "agent/fingerprint/input_scanner.hpp"

#include "agent/testing/fingerprint_bench.hpp"
#include "agent/testing/git.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using testing::FingerprintBench;
using testing::git;

class InputScannerTest : public ::testing::Test {
 protected:
  void write_all(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      bench_.write(path, "1");
    }
  }

  // What counts for a task with these patterns in a package at `directory`.
  std::vector<std::string> matched(const std::string& directory, std::vector<std::string> patterns,
                                   std::vector<std::string> outputs = {},
                                   bool extend_defaults = false) {
    bench_.workspace.packages.clear();
    bench_.graph.tasks.clear();
    TaskDefinition& build = bench_.define("build");
    build.inputs_extend_defaults = extend_defaults;
    build.inputs = FingerprintBench::patterns(std::move(patterns));
    build.outputs.patterns = std::move(outputs);
    bench_.add_task(bench_.add_package(directory, "a"), "build");
    return bench_.inputs();
  }

  // The default inputs and these patterns on top.
  std::vector<std::string> extended(const std::string& directory, std::vector<std::string> patterns,
                                    std::vector<std::string> outputs = {}) {
    return matched(directory, std::move(patterns), std::move(outputs), true);
  }

  // The same without patterns.
  std::vector<std::string> defaults(const std::string& directory,
                                    std::vector<std::string> outputs = {}) {
    bench_.graph.tasks.clear();
    TaskDefinition& build = bench_.define("build");
    build.inputs.reset();
    build.outputs.patterns = std::move(outputs);
    if (bench_.workspace.packages.empty()) {
      bench_.add_package(directory, "a");
    }
    for (const Package& package : bench_.workspace.packages) {
      if (package.directory == directory) {
        bench_.add_task(package.id, "build");
      }
    }
    return bench_.inputs();
  }

  FingerprintBench bench_;
};

TEST_F(InputScannerTest, PatternsAreRelativeToThePackage) {
  write_all({"a/src/x.c", "a/src/y.h", "a/src/deep/z.c", "a/.hidden/x.c", "src/x.c"});
  EXPECT_THAT(matched("a", {"src/**"}), ElementsAre("src/deep/z.c", "src/x.c", "src/y.h"));
  EXPECT_THAT(matched("a", {"**/*.c"}), ElementsAre(".hidden/x.c", "src/deep/z.c", "src/x.c"));
  EXPECT_THAT(matched("a", {"src"}), ElementsAre("src/deep/z.c", "src/x.c", "src/y.h"));
}

TEST_F(InputScannerTest, TheLastPatternThatMatchesDecides) {
  write_all({"a/src/x.c", "a/src/x.test.c", "a/src/keep.test.c"});
  EXPECT_THAT(matched("a", {"src/**", "!**/*.test.c", "src/keep.test.c"}),
              ElementsAre("src/keep.test.c", "src/x.c"));
}

TEST_F(InputScannerTest, AnIgnoredFileThatAPatternNamesCounts) {
  write_all({"a/src/x.c", "a/src/made.c"});
  bench_.write(".gitignore", "made.c\n");
  EXPECT_THAT(matched("a", {"src/**"}), ElementsAre("src/made.c", "src/x.c"));
}

TEST_F(InputScannerTest, OutputsOfThePackageAreNoInputs) {
  write_all({"a/x.c", "a/dist/x.o", "a/dist/keep.txt"});
  EXPECT_THAT(matched("a", {"**"}, {"dist/**", "!dist/keep.txt"}),
              ElementsAre("dist/keep.txt", "package.json", "x.c"));
  bench_.workspace.packages.clear();
  EXPECT_THAT(defaults("a", {"dist/**"}), ElementsAre("package.json", "x.c"));
}

// An exclusion in one task's list must not make another task's output a source.
TEST_F(InputScannerTest, OutputsOfAllTasksAreTakenOneByOne) {
  write_all({"a/x.c", "a/dist/x.o", "a/dist/doc/y"});
  bench_.define("aaa-docs").outputs.patterns = {"dist/doc/**"};
  bench_.define("zzz-lint").outputs.patterns = {"report", "!dist/**"};
  EXPECT_THAT(defaults("a", {"dist/**"}), ElementsAre("package.json", "x.c"));
}

TEST_F(InputScannerTest, OurStateAndGitsAreNeverInputs) {
  write_all({"x", ".velocity/y", "deep/.velocity/y", ".git/HEAD", "deep/.git/z"});
  EXPECT_THAT(matched("", {"**"}), ElementsAre("package.json", "x"));
}

TEST_F(InputScannerTest, NodeModulesAreEnteredOnlyByName) {
  write_all({"a/x", "a/node_modules/m/index.js", "a/deep/node_modules/n/index.js"});
  EXPECT_THAT(matched("a", {"**"}), ElementsAre("package.json", "x"));
  EXPECT_THAT(matched("a", {"x", "node_modules/m/**"}),
              ElementsAre("node_modules/m/index.js", "x"));
  bench_.workspace.packages.clear();
  EXPECT_THAT(defaults("a"), ElementsAre("package.json", "x"));
}

TEST_F(InputScannerTest, DefaultInputsLeaveOutNestedPackages) {
  write_all({"x", "packages/a/y", "packages/shared.txt"});
  bench_.add_package("", "root");
  bench_.add_package("packages/a", "a");
  EXPECT_THAT(defaults(""), ElementsAre("package.json", "packages/shared.txt", "x"));
}

TEST_F(InputScannerTest, PatternsMayReachIntoNestedPackages) {
  write_all({"packages/a/y"});
  TaskDefinition& build = bench_.define("build");
  build.inputs = FingerprintBench::patterns({"packages/*/y"});
  const PackageId root = bench_.add_package("", "root");
  bench_.add_package("packages/a", "a");
  bench_.add_task(root, "build");
  EXPECT_THAT(bench_.inputs(), ElementsAre("packages/a/y"));
}

// What a dependency makes is accounted for by its key; what nobody waits for is a file like others.
TEST_F(InputScannerTest, OutputsInNestedPackagesCountUnlessTheirTaskIsADependency) {
  write_all({"packages/a/dist/x.js"});
  bench_.define("bundle").inputs = FingerprintBench::patterns({"packages/*/dist/**"});
  bench_.define("build").outputs.patterns = {"dist/**"};
  const PackageId root = bench_.add_package("", "root");
  const PackageId a = bench_.add_package("packages/a", "a");
  bench_.add_task(a, "build");
  const TaskId bundle = bench_.add_task(root, "bundle");
  EXPECT_THAT(bench_.inputs(bundle), ElementsAre("packages/a/dist/x.js"));
  bench_.graph.tasks[bundle].dependencies = {0};
  const std::string with_outputs = bench_.key(bundle);
  fs::remove_all(bench_.root() / "packages/a/dist");
  EXPECT_EQ(bench_.key(bundle), with_outputs) << "in a clean clone the key is the same";
}

TEST_F(InputScannerTest, WithoutGitIgnoreFilesAreHonouredAllTheSame) {
  write_all({"a/x", "a/x.log", "a/deep/keep.log"});
  bench_.write(".gitignore", "*.log\n");
  bench_.write("a/deep/.gitignore", "!keep.log\n");
  const auto expected = ElementsAre("deep/.gitignore", "deep/keep.log", "package.json", "x");
  EXPECT_THAT(defaults("a"), expected);
  const std::string without_git = bench_.key();
  git(bench_.root(), "init -q");
  git(bench_.root(), "add -A");
  EXPECT_THAT(defaults("a"), expected);
  EXPECT_EQ(bench_.key(), without_git);
}

TEST_F(InputScannerTest, ATrackedFileCountsAlthoughItIsIgnored) {
  write_all({"a/x", "a/vendor/lib.c", "a/vendor/junk.c"});
  bench_.write(".gitignore", "vendor/\n");
  git(bench_.root(), "init -q");
  git(bench_.root(), "add -f a/vendor/lib.c");
  EXPECT_THAT(defaults("a"), ElementsAre("package.json", "vendor/lib.c", "x"));
}

TEST_F(InputScannerTest, IgnoreFilesAboveTheWorkspaceCountWithinTheRepository) {
  const fs::path top = bench_.root();
  bench_.config.root = top / "tools/web";
  bench_.workspace.root = bench_.config.root;
  write_all({"a/x", "a/x.log", "a/y.tmp"});
  ASSERT_TRUE(write_file_atomically(top / ".gitignore", "*.log\n/tools/web/a/y.tmp\n"));
  git(top, "init -q");
  EXPECT_THAT(defaults("a"), ElementsAre("package.json", "x"));
  git(top, "add -f tools/web/a/x.log");
  EXPECT_THAT(defaults("a"), ElementsAre("package.json", "x", "x.log"));
}

// A checkout inside another repository's ignored directory would otherwise have no inputs at all,
// and no edit would ever be seen.
TEST_F(InputScannerTest, AnIgnoredWorkspaceOrPackageIsNotSilentlyEmpty) {
  const fs::path top = bench_.root();
  git(top, "init -q");
  ASSERT_TRUE(write_file_atomically(top / ".gitignore", "build/\n"));
  bench_.config.root = top / "build/checkout";
  bench_.workspace.root = bench_.config.root;
  write_all({"a/x", "a/x.log", "gen/b/x"});
  bench_.write(".gitignore", "*.log\n/gen\n");
  EXPECT_THAT(defaults("a"), ElementsAre("package.json", "x"));
  bench_.workspace.packages.clear();
  EXPECT_THAT(defaults("gen/b"), ElementsAre("package.json", "x"));
}

TEST_F(InputScannerTest, ALinkedWorktreeUsesItsOwnIndexAndTheCommonExcludes) {
  const fs::path main_tree = bench_.root() / "main";
  const fs::path tree = bench_.root() / "tree";
  fs::create_directories(main_tree);
  git(main_tree, "init -q");
  ASSERT_TRUE(write_file_atomically(main_tree / "a/x", "1"));
  ASSERT_TRUE(write_file_atomically(main_tree / "a/kept.tmp", "1"));
  git(main_tree, "add -A");
  git(main_tree, "commit -q -m all");
  git(main_tree, "worktree add -q ../tree");
  ASSERT_TRUE(write_file_atomically(main_tree / ".git/info/exclude", "*.tmp\n"));
  bench_.config.root = tree;
  bench_.workspace.root = tree;
  write_all({"a/junk.tmp"});
  EXPECT_THAT(defaults("a"), ElementsAre("kept.tmp", "package.json", "x"));
}

TEST_F(InputScannerTest, AGitignoreThatIsALinkDoesNotCount) {
  write_all({"a/x", "elsewhere"});
  bench_.write("elsewhere", "x\n");
  bench_.link("a/.gitignore", "../elsewhere");
  EXPECT_THAT(defaults("a"), ElementsAre(".gitignore", "package.json", "x"));
}

TEST_F(InputScannerTest, ManyFilesInOneDirectoryAreAllFound) {
  std::vector<std::string> paths;
  for (int i = 0; i < 3000; ++i) {
    paths.push_back("a/src/" + std::string(40, 'x') + std::to_string(10000 + i));
  }
  write_all(paths);
  EXPECT_EQ(matched("a", {"src/**"}).size(), 3000U);
}

TEST_F(InputScannerTest, PatternsAddToTheDefaultsAndTakeFromThem) {
  write_all({"a/package.json", "a/src/x", "a/README.md", "a/ignored/y", "a/ignored/z", "a/dist/out",
             "a/node_modules/m/i", "a/node_modules/m/keep"});
  bench_.write("a/.gitignore", "ignored\n");
  EXPECT_THAT(
      extended("a", {"ignored/y", "!README.md", "node_modules/m/keep"}, {"dist/**"}),
      ElementsAre(".gitignore", "ignored/y", "node_modules/m/keep", "package.json", "src/x"));
  EXPECT_THAT(extended("a", {"!src/**"}, {"dist/**"}),
              ElementsAre(".gitignore", "README.md", "package.json"));
}

TEST_F(InputScannerTest, PatternsBesideTheDefaultsDoNotOpenPackagesInside) {
  write_all({"package.json", "sub/package.json", "sub/src/x", "sub/src/y", "src/z"});
  static_cast<void>(matched("", {"sub/src/x"}));
  bench_.add_package("sub", "sub");
  bench_.graph.tasks.front().definition.inputs_extend_defaults = true;
  EXPECT_THAT(bench_.inputs(), ElementsAre("package.json", "src/z", "sub/src/x"));
}

TEST_F(InputScannerTest, WhoInheritsNoTaskHasTheFilesOfPackagesForItsOwn) {
  write_all({"package.json", "sub/package.json", "sub/src/x", "sub/dist/y", "sub/node_modules/m"});
  bench_.workspace.packages.clear();
  static_cast<void>(defaults("", {"dist/**"}));
  bench_.add_package("sub", "sub");
  bench_.workspace.packages.front().inherits_no_task = true;
  EXPECT_THAT(bench_.inputs(), ElementsAre("package.json", "sub/package.json", "sub/src/x"));
}

}  // namespace
}  // namespace vc::agent
