#include "agent/selection/git_changes.hpp"

#include "agent/selection/affected_base.hpp"
#include "agent/testing/git.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vc::agent {
namespace {

using testing::git;
using ::testing::HasSubstr;

// A repository with the branches main (one commit ahead of `base`) and feature (two).
class GitChangesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    git(root(), "init -q -b main");
    write("a.txt");
    write("ws/b.txt");
    commit("one");
    git(root(), "branch base");
    git(root(), "checkout -q -b feature");
    write("ws/feature.txt");
    commit("two");
    git(root(), "checkout -q main");
    write("ws/main.txt");
    commit("three");
    git(root(), "checkout -q feature");
  }

  const fs::path& root() const { return directory_.path(); }

  void write(const std::string& path, std::string_view text = "x") const {
    ASSERT_TRUE(write_file_atomically(root() / path, text).has_value());
  }

  void commit(const std::string& message) const {
    git(root(), "add -A");
    git(root(), "commit -q -m " + message);
  }

  GitCommand command(const std::string& folder = "") {
    return {runner_, root() / folder, environment_};
  }

  // Joined and sorted, or "error: ...".
  std::string changed(const ChangeQuery& query, const std::string& folder = "") {
    GitCommand git_command = command(folder);
    const auto files = GitChanges(git_command).changed(query);
    if (!files) {
      return "error: " + files.error().message;
    }
    std::string text;
    for (const std::string& file : std::set(files->begin(), files->end())) {
      text += (text.empty() ? "" : " ") + file;
    }
    return text;
  }

  std::string base_for(const std::string& wanted = "") {
    GitCommand git_command = command();
    const AffectedBase found = find_affected_base(git_command, environment_, wanted);
    return found.base.empty() ? "unknown: " + found.unknown : found.base;
  }

  TempDir directory_ = TempDir::create().value();
  PosixToolRunner runner_{kGitTimeout, kGitOutputBytesMax};
  Environment environment_{{{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}}};
};

constexpr ChangeQuery since(const char* from, WorkingTree tree = WorkingTree::ignored) {
  return {.from = from, .to = "HEAD", .base = DiffBase::merge_base, .working_tree = tree};
}

TEST_F(GitChangesTest, AMergeBaseLeavesOutWhatTheOtherSideDid) {
  EXPECT_EQ(changed(since("main")), "ws/feature.txt");
  EXPECT_EQ(changed({.from = "main",
                     .to = "HEAD",
                     .base = DiffBase::revision,
                     .working_tree = WorkingTree::ignored}),
            "ws/feature.txt ws/main.txt");
}

TEST_F(GitChangesTest, TheWorkingTreeIsWhatIsEditedStagedOrUntracked) {
  write(".gitignore", "ignored\n");
  write("ignored");
  write("a.txt", "edited");
  write("ws/staged \xc3\xbc\nx.txt");
  git(root(), "add ws");
  write("ws/new.txt");
  fs::remove(root() / "ws/b.txt");
  EXPECT_EQ(changed(since("HEAD", WorkingTree::included)),
            ".gitignore a.txt ws/b.txt ws/new.txt ws/staged \xc3\xbc\nx.txt");
  EXPECT_EQ(changed(since("HEAD")), "");
}

TEST_F(GitChangesTest, AMovedFileCountsWhereItWasAndWhereItIs) {
  git(root(), "mv ws/b.txt c.txt");
  EXPECT_EQ(changed(since("HEAD", WorkingTree::included)), "c.txt ws/b.txt");
}

TEST_F(GitChangesTest, ContentsAreThoseOfBothEnds) {
  const auto contents = [&](const ChangeQuery& query, const std::string& file = "b.txt") {
    GitCommand git_command = command("ws");
    const auto found = GitChanges(git_command).contents(query, file);
    return found ? found->before + " -> " + found->now : "error";
  };
  write("ws/b.txt", "committed");
  commit("four");
  write("ws/b.txt", "edited");
  EXPECT_EQ(contents(since("main")), "x -> committed");
  EXPECT_EQ(contents(since("main", WorkingTree::included)), "x -> edited");
  EXPECT_EQ(contents(since("HEAD", WorkingTree::included)), "committed -> edited");
  EXPECT_EQ(contents(since("main"), "feature.txt"), "error") << "it was not there before";
  EXPECT_EQ(contents({.from = "base", .to = "main"}), "error") << "main is not what is on disk";
  EXPECT_EQ(contents({.from = "base", .to = "main", .working_tree = WorkingTree::ignored}),
            "x -> x");
  EXPECT_EQ(contents(since("nobody")), "error");
}

TEST_F(GitChangesTest, AWorkspaceInsideARepositorySeesItsOwnFiles) {
  write("a.txt", "edited");
  write("ws/new.txt");
  EXPECT_EQ(changed(since("main", WorkingTree::included), "ws"), "feature.txt new.txt");
}

TEST_F(GitChangesTest, AHooksVariablesDoNotCount) {
  environment_.set("GIT_DIR", "/nonexistent/.git");
  environment_.set("GIT_INDEX_FILE", "/nonexistent/index");
  EXPECT_EQ(changed(since("main")), "ws/feature.txt");
}

TEST_F(GitChangesTest, WhatIsNoRevisionIsNamed) {
  EXPECT_THAT(changed(since("nobody")), HasSubstr("no revision \"nobody\""));
  EXPECT_THAT(changed(since("--all")), HasSubstr("\"--all\" is no revision"));
  EXPECT_THAT(changed(since("HEAD:a.txt")), HasSubstr("error"));
}

TEST_F(GitChangesTest, WithoutACommonAncestorNothingIsKnown) {
  git(root(), "checkout -q --orphan other");
  commit("unrelated");
  GitCommand git_command = command();
  const auto files = GitChanges(git_command).changed(since("main"));
  ASSERT_FALSE(files.has_value());
  EXPECT_EQ(files.error().code, Errc::not_found);
}

TEST_F(GitChangesTest, NoRepositoryAndNoGitAreTold) {
  const TempDir elsewhere = TempDir::create().value();
  GitCommand outside(runner_, elsewhere.path(), environment_);
  EXPECT_EQ(GitChanges(outside).changed(since("main")).error().code, Errc::unavailable);
  environment_.set("PATH", elsewhere.path().string());
  EXPECT_THAT(changed(since("main")), HasSubstr("git"));
}

TEST_F(GitChangesTest, TheBaseIsWhatIsNamedElseTheDefaultBranch) {
  EXPECT_EQ(base_for(), "refs/heads/main");
  EXPECT_EQ(base_for("v1"), "v1");
  environment_.set("VELOCITY_SCM_BASE", "base");
  EXPECT_EQ(base_for(), "base");
  environment_.set("VELOCITY_SCM_BASE", "");
  environment_.set("GITHUB_BASE_REF", "base");
  EXPECT_EQ(base_for(), "refs/heads/base");
  environment_.set("GITHUB_BASE_REF", "gone");
  EXPECT_THAT(base_for(), HasSubstr("unknown: the branch \"gone\""));
}

TEST_F(GitChangesTest, TheDefaultBranchIsTheOneOfOrigin) {
  git(root(), "branch -m main trunk");
  EXPECT_THAT(base_for(), HasSubstr("unknown"));
  git(root(), "update-ref refs/remotes/origin/trunk trunk");
  git(root(), "symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk");
  EXPECT_EQ(base_for(), "refs/heads/trunk");
  git(root(), "branch -D trunk");
  EXPECT_EQ(base_for(), "refs/remotes/origin/trunk");
}

}  // namespace
}  // namespace vc::agent
