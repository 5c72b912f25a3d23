#include "agent/watch/directory_watch.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>

namespace vc::agent {
namespace {

// Events are there as soon as the system call that causes them has returned: nobody waits.
struct DirectoryWatchTest : testing::Test {
  TempDir directory = TempDir::create().value();
  std::unique_ptr<DirectoryWatch> watch;

  void SetUp() override {
    write("web/src/a.txt");
    write("web/dist/out.txt");
    write(".git/HEAD");
    write("node_modules/x/index.js");
    watch = DirectoryWatch::create(directory.path(), [](std::string_view path) {
              return path == "web/dist";
            }).value();
  }

  void write(const std::string& path, std::string_view text = "x") const {
    const fs::path file = directory.path() / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  bool changed() const { return watch->read_changes().value(); }
};

TEST_F(DirectoryWatchTest, SeesNothingWhereNothingHappens) {
  EXPECT_FALSE(changed());
  EXPECT_EQ(watch->directories(), 3U) << "the root, web and web/src";
}

TEST_F(DirectoryWatchTest, SeesWhatEditorsDo) {
  write("web/src/a.txt", "in place");
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed()) << "once is enough";
  write("web/src/.a.txt.swp");
  fs::rename(directory.path() / "web/src/.a.txt.swp", directory.path() / "web/src/a.txt");
  EXPECT_TRUE(changed());
  fs::remove(directory.path() / "web/src/a.txt");
  EXPECT_TRUE(changed());
  write("web/src/a.txt");
  static_cast<void>(changed());
  ::chmod((directory.path() / "web/src/a.txt").c_str(), 0755);
  EXPECT_TRUE(changed()) << "the executable bit is part of the key";
}

TEST_F(DirectoryWatchTest, LeavesOutWhatItIsToldToAndWhatIsNobodysInput) {
  write("web/dist/out.txt", "new");
  write(".git/HEAD", "new");
  write(".git/refs/new/x");
  write("node_modules/x/index.js", "new");
  write("node_modules/y/index.js");
  write(".velocity/index");
  EXPECT_FALSE(changed());
  write("web/node_modules/z/index.js");
  EXPECT_FALSE(changed());
}

TEST_F(DirectoryWatchTest, FollowsNewDirectoriesAllTheWayDown) {
  write("web/src/new/deep/b.txt");
  EXPECT_TRUE(changed());
  write("web/src/new/deep/b.txt", "edited");
  EXPECT_TRUE(changed());
}

TEST_F(DirectoryWatchTest, FollowsDirectoriesThatAreMovedAndForgetsThoseThatAreGone) {
  write("web/src/old/deep/b.txt");
  EXPECT_TRUE(changed());
  fs::rename(directory.path() / "web/src/old", directory.path() / "web/moved");
  EXPECT_TRUE(changed());
  write("web/moved/deep/b.txt", "edited");
  EXPECT_TRUE(changed());
  const TempDir elsewhere = TempDir::create().value();
  fs::rename(directory.path() / "web/moved", elsewhere.path() / "away");
  EXPECT_TRUE(changed());
  std::ofstream(elsewhere.path() / "away/deep/b.txt") << "not ours any more";
  EXPECT_FALSE(changed());
  fs::remove_all(directory.path() / "web/src");
  EXPECT_TRUE(changed());
  EXPECT_EQ(watch->directories(), 2U);
}

TEST_F(DirectoryWatchTest, DoesNotFollowLinks) {
  const TempDir elsewhere = TempDir::create().value();
  fs::create_directory_symlink(elsewhere.path(), directory.path() / "web/link");
  EXPECT_TRUE(changed()) << "the link itself is new";
  std::ofstream(elsewhere.path() / "b.txt") << "x";
  EXPECT_FALSE(changed());
}

TEST(DirectoryWatch, OfADirectoryThatIsNotThereSeesNothing) {
  const auto watch = DirectoryWatch::create("/no/such/place", [](auto) { return false; });
  ASSERT_TRUE(watch.has_value());
  EXPECT_EQ((*watch)->directories(), 0U);
}

}  // namespace
}  // namespace vc::agent
