#include "agent/trace/findings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>

namespace vc::agent {
namespace {

// `src/` holds inputs, `dist/` own outputs, `ui/dist/` a dependency's, `other/dist/` a stranger's.
class ScriptedCoverage final : public Coverage {
 public:
  bool is_input(const std::string& path) const override { return path.starts_with("src/"); }

  bool would_be_input(const std::string& path) const override { return is_input(path); }

  bool is_listing_covered(const std::string& directory) const override {
    return directory == "src" || directory.starts_with("src/");
  }

  bool is_own_output(const std::string& path) const override {
    return path == "dist" || path.starts_with("dist/");
  }

  bool may_hold_own_outputs(const std::string&) const override { return false; }

  bool is_dependency_output(const std::string& path) const override {
    return path.starts_with("ui/dist/");
  }

  std::optional<std::string> maker_of(const std::string& path) const override {
    return path.starts_with("other/dist/") ? std::optional<std::string>("other#build")
                                           : std::nullopt;
  }

  bool has_lockfile() const override { return lockfile; }

  bool lockfile = true;
};

Touches touches(std::initializer_list<Touch> list) {
  Touches out;
  for (const Touch touch : list) {
    out.add(touch);
  }
  return out;
}

Access there(std::string path, std::initializer_list<Touch> list) {
  return {.path = std::move(path),
          .touches = touches(list),
          .existed_before = true,
          .exists_after = true};
}

Access made(std::string path) {
  Access access = there(std::move(path), {Touch::written});
  access.existed_before = false;
  return access;
}

Access absent(std::string path) {
  return {.path = std::move(path), .touches = touches({Touch::missed})};
}

Access directory(Access access) {
  access.is_directory = true;
  return access;
}

std::vector<std::string> found(const std::vector<Access>& accesses,
                               const Coverage& coverage = ScriptedCoverage()) {
  std::vector<std::string> out;
  for (const Finding& finding : find_uncovered(accesses, coverage)) {
    out.push_back(std::string(name_of(finding.kind)) + " " + finding.path +
                  (finding.count == 1 ? "" : " x" + std::to_string(finding.count)));
  }
  return out;
}

using Words = std::vector<std::string>;

TEST(Findings, WhatIsDeclaredIsNone) {
  EXPECT_EQ(found({there("src/a.c", {Touch::read}), directory(there("src", {Touch::listed})),
                   absent("src/b.c"), made("dist/a.o"), there("dist/a.o", {Touch::read}),
                   there("ui/dist/x", {Touch::read})}),
            Words{});
}

TEST(Findings, EachKindHasItsName) {
  Access removed = there("old", {Touch::removed});
  removed.exists_after = false;
  EXPECT_EQ(found({there("a", {Touch::read}), there("b", {Touch::looked}), absent("c"),
                   directory(there("d", {Touch::listed})), made("e"), removed,
                   there("other/dist/x", {Touch::read})}),
            (Words{"dependency_output other/dist/x", "read a", "written e", "removed old",
                   "listed d/", "checked b", "absent c"}));
}

TEST(Findings, ReadingCountsMoreThanAsking) {
  EXPECT_EQ(found({there("a", {Touch::looked, Touch::read})}), Words{"read a"});
}

TEST(Findings, TemporaryFilesAreNone) {
  Access temporary = made("work.tmp");
  temporary.exists_after = false;
  temporary.touches.add(Touch::removed);
  EXPECT_EQ(found({temporary}), Words{});
}

TEST(Findings, WhatATaskWroteItMayRead) {
  Access own = made("stray");
  own.touches.add(Touch::read);
  own.wrote_first = true;
  EXPECT_EQ(found({own}), Words{"written stray"});
  Access changed = there("kept", {Touch::read, Touch::written});
  EXPECT_EQ(found({changed}), (Words{"read kept", "written kept"}));
}

TEST(Findings, WhatLiesInADirectoryTheTaskMadeIsItsOwn) {
  const auto findings = find_uncovered({directory(made("work")), made("work/deep/file"),
                                        there("work/deep/renamed-in", {Touch::read})},
                                       ScriptedCoverage());
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings.front().path, "work/deep/file");
  EXPECT_EQ(findings.front().created, "work");
}

TEST(Findings, AnEmptyDirectoryIsTold) {
  EXPECT_EQ(found({directory(made("work"))}), Words{"written work/"});
}

TEST(Findings, ThatADirectoryExistsIsNone) {
  EXPECT_EQ(found({directory(there("other", {Touch::looked}))}), Words{});
}

TEST(Findings, NamesBelowAnAbsentDirectoryAreOne) {
  Access first = absent("types/a/x.ts");
  Access second = absent("types/b.ts");
  first.absent_directory = second.absent_directory = "types";
  EXPECT_EQ(found({first, second}), Words{"absent types/ x2"});
}

TEST(Findings, NodeModulesAreTheLockfilesUnlessWritten) {
  ScriptedCoverage coverage;
  const std::vector<Access> accesses{there("web/node_modules/a/index.js", {Touch::read}),
                                     there("web/node_modules/b/index.js", {Touch::read}),
                                     made("node_modules/.cache/x")};
  EXPECT_EQ(found(accesses, coverage), Words{"written node_modules/.cache/x"});
  coverage.lockfile = false;
  EXPECT_EQ(found(accesses, coverage),
            (Words{"read web/node_modules/ x2", "written node_modules/.cache/x"}));
}

TEST(Findings, GitIsOneFindingAndOurOwnDirectoryNone) {
  EXPECT_EQ(
      found({there(".git/HEAD", {Touch::read}), directory(there(".git/refs", {Touch::listed})),
             directory(there(".git", {Touch::looked})), there(".velocity/index", {Touch::read}),
             made(".velocity/x")}),
      Words{"read .git/ x2"});
}

TEST(Findings, TheRootIsNamed) {
  EXPECT_EQ(found({directory(there("", {Touch::listed}))}), Words{"listed ./"});
}

TEST(Findings, KindsHaveNamesThatReadBack) {
  for (int kind = 0; kind <= static_cast<int>(FindingKind::absent); ++kind) {
    EXPECT_EQ(finding_kind_of(name_of(static_cast<FindingKind>(kind))),
              static_cast<FindingKind>(kind));
  }
  EXPECT_EQ(finding_kind_of("anything"), std::nullopt);
}

}  // namespace
}  // namespace vc::agent
