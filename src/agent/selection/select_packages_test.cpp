#include "agent/selection/select_packages.hpp"

#include "agent/diagnostic_codes.hpp"
#include "agent/testing/workspace_builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <map>

namespace vc::agent {
namespace {

// Answers by "from" or "from...to"; remembers what it was asked.
class ScriptedChanges final : public ChangedFiles {
 public:
  Result<std::vector<std::string>> changed(const ChangeQuery& query) override {
    std::string question = query.base == DiffBase::revision
                               ? query.from
                               : fmt::format("{}...{}", query.from, query.to);
    question += query.working_tree == WorkingTree::included ? " +tree" : "";
    asked.push_back(question);
    const auto answer = answers.find(question);
    if (answer == answers.end()) {
      return fail(Errc::invalid, "git knows no revision here");
    }
    return answer->second;
  }

  Result<Contents> contents(const ChangeQuery&, const std::string& file) override {
    const auto found = texts.find(file);
    return found == texts.end() ? fail(Errc::io, "it was not there")
                                : Result<Contents>(found->second);
  }

  std::map<std::string, Contents> texts;
  std::map<std::string, Result<std::vector<std::string>>> answers;
  std::vector<std::string> asked;
};

// core <- ui <- web, docs; tool <- web; alone.
class Selecting : public ::testing::Test {
 protected:
  Selecting() : builder_("  build:\n    command: \"make\"\n") {
    builder_.package("alone", {})
        .package("core", {})
        .package("tool", {})
        .package("@x/ui", {"core"})
        .package("docs", {"@x/ui"})
        .package("web", {"@x/ui", "tool"});
    builder_.workspace.lockfile = "package-lock.json";
    builder_.workspace.shared_files = {{.name = "Cargo.lock", .paths = {"Cargo.lock"}}};
    builder_.workspace.packages[2].shared = {0};  // tool
  }

  // Names, or "error: ..." for the first one.
  std::string select(const std::vector<std::string>& filters,
                     std::optional<AffectedBase> affected = {}) {
    SelectionRequest request{.filters = {},
                             .named = named_,
                             .affected = std::move(affected),
                             .directory = directory_,
                             .lockfile_users = lockfile_users_};
    for (const std::string& text : filters) {
      request.filters.push_back(parse_filter(text).value());
    }
    const auto selected = select_packages(builder_.config, builder_.workspace, request, changes_);
    warnings_.clear();
    if (!selected) {
      return "error: " + selected.error().front().message + "; " + selected.error().front().help;
    }
    for (const Diagnostic& warning : selected->warnings) {
      warnings_ += fmt::format("{} {}; ", warning.code, warning.message);
    }
    std::vector<std::string> names;
    for (const PackageId package : selected->packages) {
      names.push_back(builder_.workspace.packages[package].name);
    }
    return fmt::format("{}", fmt::join(names, " "));
  }

  WorkspaceBuilder builder_;
  ScriptedChanges changes_;
  std::vector<PackageId> named_;
  std::string directory_;
  LockfileUsers lockfile_users_;
  std::string warnings_;
};

TEST_F(Selecting, FollowsEdgesInEitherDirection) {
  EXPECT_EQ(select({"web"}), "web");
  EXPECT_EQ(select({"web..."}), "core tool @x/ui web");
  EXPECT_EQ(select({"web^..."}), "core tool @x/ui");
  EXPECT_EQ(select({"...core"}), "core @x/ui docs web");
  EXPECT_EQ(select({"...^core"}), "@x/ui docs web");
  EXPECT_EQ(select({"...@x/ui..."}), "core tool @x/ui docs web")
      << "dependencies of dependents too";
  EXPECT_EQ(select({"...^@x/ui..."}), "core tool @x/ui docs web");
  EXPECT_TRUE(changes_.asked.empty()) << "nobody needs git";
}

TEST_F(Selecting, UnitesAndSubtracts) {
  EXPECT_EQ(select({"web", "docs"}), "docs web");
  EXPECT_EQ(select({"!web"}), "alone core tool @x/ui docs");
  EXPECT_EQ(select({"web...", "!...core"}), "tool");
  EXPECT_EQ(select({"!...core", "web..."}), "tool") << "in any order";
  EXPECT_EQ(select({"./packages/*", "!@x/*"}), "alone core tool docs web");
  named_ = {1};
  EXPECT_EQ(select({"!web"}), "core") << "--package narrows as a filter does";
  EXPECT_EQ(select({"web"}), "core web");
}

TEST_F(Selecting, NamesAndFoldersThatAreNotThereAreErrors) {
  EXPECT_EQ(select({"wbe"}), "error: no package is called \"wbe\"; did you mean \"web\"?");
  EXPECT_EQ(select({"ui"}), "error: no package is called \"ui\"; did you mean \"@x/ui\"?");
  EXPECT_EQ(select({"packages/web"}),
            "error: no package is called \"packages/web\"; a folder is written ./packages/web");
  EXPECT_EQ(select({"./packages"}),
            "error: ./packages is not the folder of a package; write ./packages/* for the packages "
            "in it, or ./packages/** for all below it");
  EXPECT_TRUE(select({"../x"}).starts_with("error: the folder is not inside the workspace"));
  EXPECT_TRUE(select({"web", "!nobody"}).starts_with("error: no package is called \"nobody\""));
}

TEST_F(Selecting, PatternsThatMatchNothingAreWarnings) {
  EXPECT_EQ(select({"web", "nobody*"}), "web");
  EXPECT_EQ(warnings_,
            fmt::format("{} the filter matches no package; ", codes::kFilterMatchesNothing));
  EXPECT_EQ(select({"./nowhere/*"}), "");
  EXPECT_FALSE(warnings_.empty());
}

TEST_F(Selecting, FoldersCountFromWhereTheUserStands) {
  directory_ = "packages";
  EXPECT_EQ(select({"./web"}), "web");
  EXPECT_EQ(select({"{./[cd]*}"}), "core docs");
}

TEST_F(Selecting, ChangesBelongToTheInnermostPackage) {
  changes_.answers = {
      {"main +tree", std::vector<std::string>{"packages/core/src/a.c", "README.md"}},
      {"a...b", std::vector<std::string>{"packages/alone/x"}}};
  EXPECT_EQ(select({"[main]"}), "core");
  EXPECT_EQ(select({"...[main]"}), "core @x/ui docs web");
  EXPECT_EQ(select({"...^[main]"}), "@x/ui docs web");
  EXPECT_EQ(select({"web...[main]"}), "web") << "a dependency of it changed";
  EXPECT_EQ(select({"alone...[main]"}), "");
  EXPECT_EQ(select({"web[main]"}), "");
  EXPECT_EQ(select({"[a...b]"}), "alone") << "without the working tree";
  EXPECT_EQ(warnings_, "") << "that nothing changed is no mistake";
}

TEST_F(Selecting, TheLockfileAndTheConfigurationConcernEveryPackage) {
  builder_.config.global_inputs = {"tools/**"};
  for (const std::string file : {"package-lock.json", "velocity.yml", "turbo.json", "tools/x/y"}) {
    changes_.answers = {{"main +tree", std::vector<std::string>{file}}};
    EXPECT_EQ(select({"[main]"}), "alone core tool @x/ui docs web") << file;
    EXPECT_TRUE(warnings_.contains(file)) << warnings_;
  }
}

TEST_F(Selecting, AFileInEveryKeyConcernsEveryPackage) {
  builder_.workspace.counted_everywhere = {1, 2};  // core and tool
  for (const std::string file : {"packages/core/x", "packages/tool/x/y"}) {
    changes_.answers = {{"main +tree", std::vector<std::string>{file}}};
    EXPECT_EQ(select({"[main]"}), "alone core tool @x/ui docs web") << file;
    EXPECT_TRUE(warnings_.contains(file)) << warnings_;
  }
  changes_.answers = {{"main +tree", std::vector<std::string>{"packages/alone/x"}}};
  EXPECT_EQ(select({"[main]"}), "alone");
}

TEST_F(Selecting, ALockfileThatTellsConcernsWhomItSays) {
  changes_.answers = {
      {"main +tree", std::vector<std::string>{"package-lock.json", "packages/alone/x"}}};
  lockfile_users_ = [](std::string_view before, std::string_view now) {
    EXPECT_EQ(before, "old");
    EXPECT_EQ(now, "new");
    return std::vector<bool>{false, true, false, false, false, false};
  };
  changes_.texts = {{"package-lock.json", {.before = "old", .now = "new"}}};
  EXPECT_EQ(select({"[main]"}), "alone core");
  EXPECT_EQ(warnings_, "");
  changes_.texts.clear();
  EXPECT_EQ(select({"[main]"}), "alone core tool @x/ui docs web");
  EXPECT_TRUE(warnings_.contains("package-lock.json")) << warnings_;
  changes_.texts = {{"package-lock.json", {.before = "old", .now = "new"}}};
  builder_.config.global_inputs = {"package-lock.json"};
  EXPECT_EQ(select({"[main]"}), "alone core tool @x/ui docs web");
}

TEST_F(Selecting, WhatAllPackagesOfAKindShareConcernsThese) {
  changes_.answers = {{"main +tree", std::vector<std::string>{"Cargo.lock"}}};
  EXPECT_EQ(select({"[main]"}), "tool");
  EXPECT_EQ(select({"...[main]"}), "tool web");
}

TEST_F(Selecting, AffectedIntersectsAndSaysWhenItCannotTell) {
  changes_.answers = {{"main...HEAD +tree", std::vector<std::string>{"packages/tool/x"}},
                      {"old...HEAD +tree", fail(Errc::not_found, "no common ancestor")}};
  const AffectedBase base{.base = "main", .head = "HEAD", .unknown = {}};
  EXPECT_EQ(select({}, base), "tool web");
  EXPECT_EQ(select({"!web"}, base), "tool");
  EXPECT_EQ(select({"docs"}, base), "");
  EXPECT_EQ(select({"docs"}, AffectedBase{.base = "old", .head = "HEAD", .unknown = {}}), "docs");
  EXPECT_EQ(warnings_, fmt::format("{} all packages count as changed: no common ancestor; ",
                                   codes::kEverythingAffected));
  EXPECT_EQ(select({"docs"}, AffectedBase{.base = "", .head = "HEAD", .unknown = "no main"}),
            "docs");
  EXPECT_TRUE(warnings_.contains("no main"));
  EXPECT_EQ(select({}, AffectedBase{.base = "typo", .head = "HEAD", .unknown = {}}),
            "error: --affected: git knows no revision here; ");
}

}  // namespace
}  // namespace vc::agent
