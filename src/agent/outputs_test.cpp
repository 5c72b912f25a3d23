#include "agent/outputs.hpp"

#include "agent/outputs/walk.hpp"
#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct OutputsTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path package = temp.path() / "packages/web";
  GlobSet set;

  OutputsTest() { fs::create_directories(package); }

  OutputScope scope(const std::vector<std::string>& patterns) {
    set = globs(patterns);
    return {.root = temp.path(), .package = "packages/web", .globs = &set};
  }

  std::vector<std::string> collected_paths(const std::vector<std::string>& patterns) {
    const auto collected = collect_outputs(scope(patterns));
    EXPECT_TRUE(collected);
    EXPECT_EQ(collected->uncacheable, "");
    std::vector<std::string> paths;
    for (const OutputEntry& entry : collected->entries) {
      paths.push_back(entry.path);
    }
    return paths;
  }

  std::string uncacheable(const std::vector<std::string>& patterns) {
    const auto collected = collect_outputs(scope(patterns));
    EXPECT_TRUE(collected) << collected.error().message;
    EXPECT_THAT(collected->entries, IsEmpty());
    return collected->uncacheable;
  }

  Tree tree_after_removing(const std::vector<std::string>& patterns) {
    const auto removed = remove_outputs(scope(patterns));
    EXPECT_TRUE(removed) << removed.error().message;
    return read_tree(package);
  }
};

// B15: the documented `outputs: ["dist/**"]`.
TEST_F(OutputsTest, TheDocumentedPatternCollectsTheWholeTree) {
  write_tree(package, {{"dist/index.js", file("x")},
                       {"dist/.map", file("m")},
                       {"dist/deep/er/run", program("p")},
                       {"dist/empty", directory()},
                       {"dist/link", link("index.js")},
                       {"src/index.ts", file("s")},
                       {"distant", file("d")}});
  EXPECT_THAT(
      collected_paths({"dist/**"}),
      ElementsAre("dist/.map", "dist/deep/er/run", "dist/empty", "dist/index.js", "dist/link"));
}

TEST_F(OutputsTest, EntriesSayKindModeSizeDigestAndTarget) {
  write_tree(package,
             {{"a", file("abc")}, {"b", program("")}, {"c", directory()}, {"d", link("a")}});
  const auto entries = collect_outputs(scope({"*"})).value().entries;
  EXPECT_EQ(entries, (std::vector<OutputEntry>{
                         {.path = "a", .size_bytes = 3, .digest = sha256("abc")},
                         {.path = "b", .executable = true, .digest = sha256("")},
                         {.path = "c", .kind = EntryKind::directory},
                         {.path = "d", .kind = EntryKind::symlink, .target = "a"},
                     }));
}

// B16: a file as an output.
TEST_F(OutputsTest, AFileCanBeAnOutput) {
  write_tree(package, {{"tsconfig.tsbuildinfo", file("{}")}, {"other", file("o")}});
  EXPECT_THAT(collected_paths({"tsconfig.tsbuildinfo"}), ElementsAre("tsconfig.tsbuildinfo"));
}

TEST_F(OutputsTest, TheLastPatternThatMatchesDecides) {
  write_tree(package,
             {{"dist/a.js", file("")}, {"dist/a.map", file("")}, {"dist/b.map", file("")}});
  EXPECT_THAT(collected_paths({"dist/**", "!**/*.map", "dist/b.map"}),
              ElementsAre("dist/a.js", "dist/b.map"));
}

TEST_F(OutputsTest, NothingIsCollectedThroughALinkToADirectory) {
  write_tree(package, {{"real/a.js", file("a")}, {"dist/l", link("../real")}});
  EXPECT_THAT(collected_paths({"dist/**/*.js"}), IsEmpty());
  EXPECT_THAT(collected_paths({"dist/**"}), ElementsAre("dist/l"));
}

TEST_F(OutputsTest, ReservedNamesAreNeverOutputs) {
  write_tree(package, {{".git/config", file("")},
                       {".velocity/cache/x", file("")},
                       {"sub/.git/config", file("")},
                       {"sub/.velocity/fine", file("")},
                       {"a", file("")}});
  EXPECT_THAT(collected_paths({"**"}), ElementsAre("a", "sub/.velocity/fine"));
  EXPECT_EQ(tree_after_removing({"**"}), (Tree{{".git/config", file("")},
                                               {".velocity/cache/x", file("")},
                                               {"sub/.git/config", file("")}}));
}

// B23: a FIFO must not hang the walk or the hash.
TEST_F(OutputsTest, WhatNoArchiveCanHoldIsNamed) {
  write_tree(package,
             {{"dist/a", file("")}, {"dist/pipe", {.kind = Node::Kind::other, .text = {}}}});
  EXPECT_EQ(uncacheable({"dist/**"}), "output dist/pipe is a FIFO");
  fs::remove(package / "dist/pipe");

  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string socket_path = (package / "dist/socket").native();
  ASSERT_LT(socket_path.size(), sizeof address.sun_path);
  std::ranges::copy(socket_path, address.sun_path);
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(uncacheable({"dist/**"}), "output dist/socket is a socket");
  fs::remove(package / "dist/socket");

  write_tree(package, {{"dist/\xFF\x1B", file("")}});
  EXPECT_THAT(uncacheable({"dist/**"}), HasSubstr("\"dist/\\xff\\x1b\": it is not UTF-8"));
}

TEST_F(OutputsTest, ALinkThatLeavesThePackageMakesTheResultUncacheable) {
  for (const char* target : {"/etc/passwd", "../../other", "../../../x", "a/../../../x"}) {
    fs::remove_all(package / "dist");
    write_tree(package, {{"dist/l", link(target)}});
    EXPECT_EQ(uncacheable({"dist/**"}),
              "output dist/l is a link that leaves the package (to " + std::string(target) + ")");
  }
  fs::remove_all(package / "dist");
  write_tree(package, {{"dist/l", link("../package.json")}});
  EXPECT_THAT(collected_paths({"dist/**"}), ElementsAre("dist/l"));
}

TEST_F(OutputsTest, AFileThatCannotBeReadIsAnErrorNotAnAbsence) {
  if (::geteuid() == 0) {
    // Root reads everything; a directory too deep for the walk is an error root gets too.
    std::string path = "dist";
    for (std::size_t i = 0; i < kOutputDepthMax; ++i) {
      path += "/d";
    }
    write_tree(package, {{path + "/f", file("")}});
  } else {
    write_tree(package, {{"dist/secret", file("", 0)}});
  }
  EXPECT_FALSE(collect_outputs(scope({"dist/**"})));
}

TEST_F(OutputsTest, TheDeepestAllowedTreeIsCollectedAndOneLevelMoreIsNot) {
  std::string path;
  for (std::size_t i = 1; i < kOutputDepthMax; ++i) {
    path += "d/";
  }
  write_tree(package, {{path + "f", file("")}});
  EXPECT_THAT(collected_paths({"**"}), ElementsAre(path + "f"));
  write_tree(package, {{path + "d/f", file("")}});
  EXPECT_EQ(collect_outputs(scope({"**"})).error().code, Errc::too_large);
}

TEST_F(OutputsTest, APackageThatIsGoneIsAnError) {
  fs::remove_all(package);
  EXPECT_FALSE(collect_outputs(scope({"dist/**"})));
  EXPECT_FALSE(remove_outputs(scope({"dist/**"})));
}

TEST_F(OutputsTest, RemovingTakesOutputsAndDirectoriesLeftEmptyAndNothingElse) {
  write_tree(package, {{"dist/a/x.js", file("")},
                       {"dist/a/y.js", file("")},
                       {"dist/b/x.js", file("")},
                       {"dist/b/keep.txt", file("kept")},
                       {"dist/empty", directory()},
                       {"src/x.js", file("kept")}});
  EXPECT_EQ(tree_after_removing({"dist/**/*.js"}), (Tree{{"dist/b/keep.txt", file("kept")},
                                                         {"dist/empty", directory()},
                                                         {"src/x.js", file("kept")}}));
}

// The link came back, and all that had been made behind it was missing.
TEST_F(OutputsTest, ALinkInPlaceOfADeclaredFolderIsUncacheableUnlessItsTargetIsDeclaredToo) {
  write_tree(package, {{"dist", link("build/v1")},
                       {"build/v1/a.js", file("a")},
                       {"out/latest", link("v2")},
                       {"out/v2/b.js", file("b")},
                       {"out/sources", link("../src")},
                       {"src/c.js", file("c")},
                       {"tool", link("src/c.js")}});
  EXPECT_EQ(uncacheable({"dist/**"}),
            "output dist is a link, and what is behind it (build/v1) is no output");
  EXPECT_THAT(collected_paths({"dist/**", "build/**"}), ElementsAre("build/v1/a.js", "dist"));
  EXPECT_THAT(collected_paths({"out/**", "tool"}),
              ElementsAre("out/latest", "out/sources", "out/v2/b.js", "tool"));
}

// "**/*.js" is what the compiler makes of the sources, not all that was installed.
TEST_F(OutputsTest, WhatIsInstalledIsNoOutputUnlessAPatternMeansIt) {
  const Tree installed = {{"node_modules/x/index.js", file("x")},
                          {"app/package.json", file("{}")},
                          {"app/node_modules/y/index.js", file("y")}};
  Tree all = installed;
  all["src/a.js"] = file("a");
  all["app/src/b.js"] = file("b");
  all["dist/node_modules/bundled.js"] = file("c");
  write_tree(package, all);
  EXPECT_THAT(collected_paths({"**/*.js"}),
              ElementsAre("app/src/b.js", "dist/node_modules/bundled.js", "src/a.js"));
  EXPECT_THAT(collected_paths({"app/**"}),
              ElementsAre("app/node_modules/y/index.js", "app/package.json", "app/src/b.js"));
  EXPECT_THAT(collected_paths({"node_modules/x/**"}), ElementsAre("node_modules/x/index.js"));
  EXPECT_EQ(tree_after_removing({"**/*.js"}), installed);
}

TEST_F(OutputsTest, RemovingEverythingLeavesThePackage) {
  write_tree(package, {{"a/b/c", file("")}, {"d", link("a")}});
  EXPECT_EQ(tree_after_removing({"**"}), Tree{});
  EXPECT_TRUE(fs::is_directory(package));
  EXPECT_EQ(tree_after_removing({"**"}), Tree{});  // Again, with nothing there.
}

TEST_F(OutputsTest, ExcludedFilesKeepTheirDirectories) {
  write_tree(package, {{"dist/a", file("")}, {"dist/cache/b", file("kept")}});
  EXPECT_EQ(tree_after_removing({"dist/**", "!dist/cache/**"}),
            (Tree{{"dist/cache/b", file("kept")}}));
}

// B7: what lies behind a link is not ours.
TEST_F(OutputsTest, ALinkIsRemovedAsALink) {
  write_tree(temp.path(), {{"packages/elsewhere/keep", file("kept")}});
  write_tree(
      package,
      {{"dist", link("../elsewhere")}, {"real/keep", file("kept")}, {"out/l", link("../real")}});
  EXPECT_EQ(tree_after_removing({"dist/**", "out/**"}), (Tree{{"real/keep", file("kept")}}));
  EXPECT_EQ(read_file(temp.path() / "packages/elsewhere/keep").value(), "kept");
}

TEST_F(OutputsTest, PatternsThatReachBelowALinkRemoveNothingBehindIt) {
  write_tree(temp.path(), {{"packages/elsewhere/a.js", file("kept")}});
  write_tree(package, {{"dist", link("../elsewhere")}});
  EXPECT_EQ(tree_after_removing({"dist/*.js"}), (Tree{{"dist", link("../elsewhere")}}));
  EXPECT_EQ(read_file(temp.path() / "packages/elsewhere/a.js").value(), "kept");
}

TEST_F(OutputsTest, DirectoriesThatForbidWritingAreRemoved) {
  write_tree(package, {{"dist/sealed/a", file("", 0444)}});
  ::chmod((package / "dist/sealed").c_str(), 0555);
  EXPECT_EQ(tree_after_removing({"dist/**"}), Tree{});
}

TEST_F(OutputsTest, OverlapNamesWhatIsProtected) {
  write_tree(package, {{"dist/generated.js", file("")},
                       {"dist/tracked.js", file("")},
                       {"src/tracked.js", file("")}});
  const auto overlap = protected_overlap(
      scope({"dist/**"}), [](std::string_view path) { return path.ends_with("tracked.js"); });
  ASSERT_TRUE(overlap);
  EXPECT_THAT(*overlap, ElementsAre("dist/tracked.js"));
}

TEST_F(OutputsTest, OwnedRootsAreTheHighestDirectoriesOfOutputsOnly) {
  write_tree(package, {{"dist/a/x", file("")},
                       {"dist/a/y", file("")},
                       {"lib/a/x.js", file("")},
                       {"lib/b/x.js", file("")},
                       {"lib/c", file("")},
                       {"top.js", file("")}});
  const auto set_of = globs({"dist/**", "lib/**/*.js", "*.js"});
  const UniqueFd fd = open_file(package, O_RDONLY | O_DIRECTORY).value();
  const auto tree = walk_outputs(fd.get(), set_of, WalkDetail::names);
  ASSERT_TRUE(tree);
  EXPECT_THAT(tree->owned_roots, ElementsAre("dist", "lib/a", "lib/b", "top.js"));
}

}  // namespace
}  // namespace vc::agent
