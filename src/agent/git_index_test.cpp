#include "agent/git_index.hpp"

#include "agent/fingerprint/git_repository.hpp"
#include "agent/testing/git.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vc::agent {
namespace {

using testing::git;

void write(const fs::path& path, std::string_view text) {
  ASSERT_TRUE(write_file_atomically(path, text));
}

std::vector<std::string> paths_of(const GitIndex& index) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < index.size(); ++i) {
    paths.emplace_back(index.path(i));
  }
  return paths;
}

class GitIndexTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto directory = TempDir::create();
    ASSERT_TRUE(directory);
    directory_.emplace(*std::move(directory));
  }

  const fs::path& root() const { return directory_->path(); }

  void make_tree() {
    for (const char* path : {"a", "a-b/c", "a/never", "d/e/f", "d/e/g", "d.txt", "\xff\xfe name"}) {
      if (std::string_view(path) != "a/never") {
        write(root() / path, path);
      }
    }
    write(root() / ("long/" + std::string(200, 'x') + "/" + std::string(200, 'y')), "");
  }

  std::string index_bytes() const { return read_file(root() / ".git/index").value(); }

 private:
  std::optional<TempDir> directory_;
};

TEST_F(GitIndexTest, ListsWhatGitListsInEveryVersionOfTheFormat) {
  make_tree();
  git(root(), "init -q");
  git(root(), "add -A");
  git(root(), "update-index --chmod=+x a");
  const auto expected = testing::split_zeros(git(root(), "ls-files -z"));
  ASSERT_EQ(expected.size(), 7U);
  for (const char* version : {"2", "3", "4"}) {
    if (std::string_view(version) == "3") {
      git(root(), "add -N -f d.txt");  // Extended flags are what makes version 3.
      write(root() / "new", "");
      git(root(), "add -N new");
      git(root(), "reset -q new");
    }
    git(root(), "update-index --index-version " + std::string(version));
    const auto index = GitIndex::parse(index_bytes(), GitHash::sha1);
    ASSERT_TRUE(index) << version << ": " << index.error().message;
    EXPECT_EQ(paths_of(*index), expected) << version;
  }
}

TEST_F(GitIndexTest, ReadsVersionThreeWithItsExtendedFlags) {
  git(root(), "init -q");
  write(root() / "intended", "x");
  write(root() / "z", "x");
  git(root(), "add -N intended");
  git(root(), "add z");
  const std::string bytes = index_bytes();
  ASSERT_EQ(bytes[7], 3);
  const auto index = GitIndex::parse(bytes, GitHash::sha1);
  ASSERT_TRUE(index);
  EXPECT_EQ(paths_of(*index), (std::vector<std::string>{"intended", "z"}));
}

TEST_F(GitIndexTest, ReadsRepositoriesWithSha256Names) {
  git(root(), "init -q --object-format=sha256");
  make_tree();
  git(root(), "add -A");
  const auto index = GitIndex::parse(index_bytes(), GitHash::sha256);
  ASSERT_TRUE(index);
  EXPECT_EQ(paths_of(*index), testing::split_zeros(git(root(), "ls-files -z")));
}

TEST_F(GitIndexTest, FindsPathsAndDirectories) {
  make_tree();
  git(root(), "init -q");
  git(root(), "add -A");
  const auto index = GitIndex::parse(index_bytes(), GitHash::sha1);
  ASSERT_TRUE(index);
  EXPECT_TRUE(index->contains("d/e/f"));
  EXPECT_FALSE(index->contains("d/e"));
  EXPECT_FALSE(index->contains("d/e/ff"));
  EXPECT_TRUE(index->contains_below("d"));
  EXPECT_TRUE(index->contains_below("d/e"));
  EXPECT_TRUE(index->contains_below(""));
  EXPECT_FALSE(index->contains_below("a")) << "`a-b/c` sorts before where `a/` would be";
  EXPECT_FALSE(index->contains_below("d.txt"));
  EXPECT_FALSE(index->contains_below("zzz"));
  const GitIndex::Range below = index->range_below("d");
  ASSERT_EQ(below.end - below.begin, 2U);
  EXPECT_EQ(index->path(below.begin), "d/e/f");
}

TEST_F(GitIndexTest, ASplitIndexIsRefusedRatherThanHalfRead) {
  make_tree();
  git(root(), "init -q");
  git(root(), "add -A");
  git(root(), "update-index --split-index");
  const auto index = GitIndex::parse(index_bytes(), GitHash::sha1);
  ASSERT_FALSE(index);
  EXPECT_EQ(index.error().code, Errc::invalid);
  EXPECT_FALSE(index.error().hint.empty());
}

TEST_F(GitIndexTest, EveryTruncationIsAnError) {
  make_tree();
  git(root(), "init -q");
  git(root(), "add -A");
  for (const char* version : {"2", "4"}) {
    git(root(), "update-index --index-version " + std::string(version));
    const std::string bytes = index_bytes();
    // The last 20 bytes are the checksum, which git verifies and we have no use for.
    for (std::size_t size = 0; size < bytes.size() - 20; ++size) {
      const auto index = GitIndex::parse(std::string_view(bytes).substr(0, size), GitHash::sha1);
      if (index) {
        EXPECT_EQ(index->size(), 7U) << "cut to " << size << " of " << bytes.size();
      }
    }
    EXPECT_FALSE(GitIndex::parse(std::string_view(bytes).substr(0, 200), GitHash::sha1));
  }
}

TEST(GitIndexOfNothingTest, ContainsNothing) {
  const GitIndex index;
  EXPECT_FALSE(index.contains("a"));
  EXPECT_FALSE(index.contains_below(""));
  EXPECT_FALSE(GitIndex::parse("", GitHash::sha1));
  EXPECT_FALSE(GitIndex::parse("not an index at all, but long enough", GitHash::sha1));
}

TEST_F(GitIndexTest, ALinkedWorktreeKnowsTheSameDirectoryInTheMainOne) {
  const fs::path main = root() / "main";
  write(main / "tools/web/a", "a");
  git(main, "init -q");
  git(main, "add -A");
  git(main, "commit -qm first");
  git(main, "worktree add -q ../linked");
  EXPECT_EQ(in_main_worktree(root() / "linked"), main);
  EXPECT_EQ(in_main_worktree(root() / "linked/tools/web"), main / "tools/web");
  EXPECT_EQ(in_main_worktree(main), std::nullopt) << "it is that itself";
  EXPECT_EQ(in_main_worktree(main / "tools/web"), std::nullopt);
  EXPECT_EQ(in_main_worktree(root()), std::nullopt) << "no repository";
  write(root() / "linked/only/here", "");
  EXPECT_EQ(in_main_worktree(root() / "linked/only"), std::nullopt);

  git(root(), "clone -q --bare main bare.git");
  git(root() / "bare.git", "worktree add -q ../of-bare");
  EXPECT_EQ(in_main_worktree(root() / "of-bare"), std::nullopt) << "there is no main one";
}

}  // namespace
}  // namespace vc::agent
