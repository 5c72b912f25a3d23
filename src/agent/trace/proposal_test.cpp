#include "agent/trace/proposal.hpp"

#include "agent/trace/yaml_addition.hpp"
#include "core/glob.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using Words = std::vector<std::string>;

TEST(FewestGlobs, FewFilesAreNamed) {
  EXPECT_EQ(fewest_globs({"a.json", "src/b.c", "src/c.c"}, Grouping::by_directory),
            (Words{"a.json", "src/b.c", "src/c.c"}));
}

TEST(FewestGlobs, ManyOfOneKindBecomeOnePattern) {
  EXPECT_EQ(fewest_globs({"d/1.c", "d/2.c", "d/3.c"}, Grouping::by_extension), Words{"d/*.c"});
  EXPECT_EQ(fewest_globs({"d/1.c", "d/x/2.c", "d/y/3.c"}, Grouping::by_extension),
            Words{"d/**/*.c"});
  EXPECT_EQ(fewest_globs({"1.c", "2.c", "3.c"}, Grouping::by_directory), Words{"*.c"});
}

TEST(FewestGlobs, MixedKindsBecomeADirectoryOnlyWhereThatMayBe) {
  const Words paths{"d/x/1.c", "d/x/2.h", "d/x/README"};
  EXPECT_EQ(fewest_globs(paths, Grouping::by_directory), Words{"d/x/**"});
  EXPECT_EQ(fewest_globs(paths, Grouping::by_extension), paths);
}

TEST(FewestGlobs, AWiderPatternIsEnough) {
  EXPECT_EQ(fewest_globs({"d/", "d/a", "d/x/b"}, Grouping::by_directory), (Words{"d/*", "d/x/b"}));
  EXPECT_EQ(fewest_globs({"d/", "d/1.c", "d/2.c", "d/3.c"}, Grouping::by_directory), Words{"d/*"});
  EXPECT_EQ(fewest_globs({"d/", "d/a.c", "d/b.h", "d/c"}, Grouping::by_directory), Words{"d/**"});
}

TEST(FewestGlobs, HostileNamesAreStillMatched) {
  for (const char* path : {"!a", "a*b", "a?b", "[a]", "{a,b}", "a\\b", "d[1]/x"}) {
    const auto globs = fewest_globs({path}, Grouping::by_directory);
    ASSERT_EQ(globs.size(), 1U);
    const auto set = GlobSet::compile(globs);
    ASSERT_TRUE(set.has_value()) << path;
    EXPECT_TRUE(set->matches(path)) << globs.front();
    EXPECT_FALSE(set->matches("axb")) << globs.front();
  }
  const auto set = GlobSet::compile(fewest_globs({"not-\\xff-utf8"}, Grouping::by_directory));
  ASSERT_TRUE(set.has_value());
  EXPECT_TRUE(set->matches("not-\xff-utf8"));
}

TraceReport report(std::vector<Finding> findings) {
  return {.task = "web#build", .directory = "packages/web", .findings = std::move(findings)};
}

TEST(Proposal, PathsAreRelativeToThePackageOrGlobal) {
  const auto proposal =
      propose(report({{.kind = FindingKind::read, .path = "packages/web/extra.txt"},
                      {.kind = FindingKind::read, .path = "tsconfig.base.json"},
                      {.kind = FindingKind::written, .path = "packages/web/out.txt"}}),
              {});
  EXPECT_EQ(proposal.inputs, Words{"extra.txt"});
  EXPECT_EQ(proposal.global_inputs, Words{"tsconfig.base.json"});
  EXPECT_EQ(proposal.outputs, Words{"out.txt"});
}

// A list of inputs would replace them.
TEST(Proposal, DefaultInputsStay) {
  const auto proposal = propose(report({{.kind = FindingKind::read, .path = "packages/web/.env"}}),
                                {.has_inputs = false});
  EXPECT_EQ(proposal.inputs, Words{});
  EXPECT_EQ(proposal.global_inputs, Words{"packages/web/.env"});
}

TEST(Proposal, DependenciesTakeTheShortestForm) {
  const auto needs = [](std::string task) {
    return Finding{.kind = FindingKind::dependency_output, .path = "x", .task = std::move(task)};
  };
  const auto proposal =
      propose(report({needs("ui#build"), needs("ui#build"), needs("web#gen"), needs("far#make")}),
              {.packages = {"ui"}});
  EXPECT_EQ(proposal.depends_on, (Words{"^build", "gen", "far#make"}));
}

TEST(Proposal, ADirectoryTheTaskMadeIsOneOutput) {
  const auto proposal = propose(
      report(
          {{.kind = FindingKind::written, .path = "packages/web/b/1", .created = "packages/web/b"},
           {.kind = FindingKind::written,
            .path = "packages/web/b/c/2",
            .created = "packages/web/b"}}),
      {});
  EXPECT_EQ(proposal.outputs, Words{"b/**"});
}

TEST(Proposal, WhatNoKeyCanSayIsANote) {
  const auto proposal = propose(report({{.kind = FindingKind::read, .path = ".git/"},
                                        {.kind = FindingKind::written, .path = "elsewhere"},
                                        {.kind = FindingKind::removed, .path = "old"},
                                        {.kind = FindingKind::absent, .path = "x"}}),
                                {});
  EXPECT_FALSE(proposal.changes_anything());
  EXPECT_EQ(proposal.notes.size(), 4U);
}

constexpr std::string_view kYaml = R"(version: 1  # one
pipeline:
  build:
    command: "make"   # runs make
    inputs:
    - "src/**"

    outputs: ["dist/**"]  # kept
  test:
    command: "make test"
)";

std::string added(Words keys, Words before, Words items) {
  return add_to_yaml(
             kYaml,
             {.keys = std::move(keys), .before = std::move(before), .items = std::move(items)})
      .value_or("(refused)");
}

TEST(YamlAddition, ExtendsABlockList) {
  EXPECT_EQ(line_difference(kYaml, added({"pipeline", "build", "inputs"}, {}, {"a", "b\"c\\d"})),
            "  ...\n      inputs:\n      - \"src/**\"\n+     - \"a\"\n+     - \"b\\\"c\\\\d\"\n  \n"
            "      outputs: [\"dist/**\"]  # kept\n");
}

TEST(YamlAddition, AddsKeysThatAreNotThere) {
  EXPECT_TRUE(added({"pipeline", "test", "inputs"}, {"src/**"}, {"a"})
                  .ends_with("    command: \"make test\"\n    inputs:\n      - \"src/**\"\n"
                             "      - \"a\"\n"));
  EXPECT_TRUE(added({"global_inputs"}, {}, {"a"}).ends_with("\nglobal_inputs:\n  - \"a\"\n"));
  EXPECT_EQ(add_to_yaml("", {.keys = {"pipeline", "b", "inputs"}, .before = {}, .items = {"a"}}),
            "pipeline:\n  b:\n    inputs:\n      - \"a\"\n");
}

TEST(YamlAddition, LeavesAloneWhatItDoesNotKnow) {
  EXPECT_EQ(add_to_yaml("pipeline: {build: {}}\n",
                        {.keys = {"pipeline", "build", "inputs"}, .before = {}, .items = {"a"}}),
            std::nullopt);
  EXPECT_EQ(add_to_yaml("a: &x [b]\n", {.keys = {"a"}, .before = {}, .items = {"c"}}),
            std::nullopt);
}

TEST(YamlAddition, ExtendsALineListBeforeItsComment) {
  EXPECT_NE(added({"pipeline", "build", "outputs"}, {}, {"a"})
                .find("    outputs: [\"dist/**\", \"a\"]  # kept\n"),
            std::string::npos);
  EXPECT_EQ(add_to_yaml("a: []\n", {.keys = {"a"}, .before = {}, .items = {"b", "c"}}),
            "a: [\"b\", \"c\"]\n");
}

TEST(YamlAddition, KeepsMapsAsTheyAreWritten) {
  EXPECT_EQ(add_to_yaml("", {.keys = {"pipeline", "b", "depends_on"},
                             .before = {"gen"},
                             .items = {"lib#build"},
                             .before_as_yaml = {"{task: \"^build\", on: outputs}"}}),
            "pipeline:\n  b:\n    depends_on:\n      - \"gen\"\n"
            "      - {task: \"^build\", on: outputs}\n      - \"lib#build\"\n");
}

}  // namespace
}  // namespace vc::agent
