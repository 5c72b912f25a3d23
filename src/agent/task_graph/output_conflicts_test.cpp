#include "agent/task_graph/output_conflicts.hpp"

#include "agent/testing/workspace_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::HasSubstr;

std::string conflicts(const WorkspaceBuilder& built) {
  return render(check_output_conflicts(TaskCatalog(built.config, built.workspace)));
}

std::string conflicts(std::string_view pipeline) {
  WorkspaceBuilder built(pipeline);
  return conflicts(built.package("a", {}));
}

TEST(OutputConflicts, TwoTasksThatWriteTheSameFilesAreAnErrorNamingBoth) {
  EXPECT_EQ(
      conflicts("  build: {command: x, outputs: [lib, \"dist/**\"]}\n"
                "  pack: {command: x, outputs: [\"dist/*.tgz\"]}\n"),
      "velocity.yml:4:32: error[VC0305]: output \"dist/*.tgz\" of \"pack\" can be the same "
      "file as output \"dist/**\" of \"build\" (velocity.yml:3:38)\n"
      "    4 |   pack: {command: x, outputs: [\"dist/*.tgz\"]}\n"
      "      |                                ^~~~~~~~~~~~\n"
      "help: let each task write to a folder of its own, or exclude the other's with \"!\"\n");
}

// The root's task removed what a package had made, and both were hits afterwards.
TEST(OutputConflicts, OutputsInAPackageInsideAreAnErrorToo) {
  WorkspaceBuilder built(
      "  build: {command: x, outputs: [\"dist/**\"]}\n"
      "  all: {command: npm run all, outputs: [\"packages/*/dist/*.map\"]}\n");
  built.package("a", {}).package("b", {});
  EXPECT_EQ(conflicts(built), "");  // No package has `all`.
  built.workspace.packages.insert(built.workspace.packages.begin(),
                                  Package{.name = ".", .scripts = {{"all", "x"}}});
  for (PackageId id = 0; id < built.workspace.packages.size(); ++id) {
    built.workspace.packages[id].id = id;
  }
  const std::string text = conflicts(built);
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:41: error[VC0305]: output \"packages/*/dist/*.map\" "
                              "of \"all\" can be the same file as output \"dist/**\" of \"build\" "
                              "(velocity.yml:3:33) in the package packages/a inside of it"));
  EXPECT_THAT(text, testing::Not(HasSubstr("packages/b inside")));
}

TEST(OutputConflicts, FoldersOfTheirOwnAreFine) {
  EXPECT_EQ(conflicts("  build: {command: x, outputs: [\"dist/**\", \"!dist/types/**\"]}\n"
                      "  types: {command: x, outputs: [\"dist/types/**\"]}\n"
                      "  docs: {command: x, outputs: [\"doc/**\"]}\n"
                      "  lint: {command: x}\n"),
            "");
}

TEST(OutputConflicts, ReadingWhatAnotherTaskWritesNeedsADependency) {
  const std::string text = conflicts(
      "  build: {command: x, outputs: [\"dist/**\"]}\n"
      "  test: {command: x, inputs: [\"src/**\", \"**/*.js\"]}\n");
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:41: error[VC0306]: input \"**/*.js\" of \"test\" can "
                              "be output \"dist/**\" of \"build\" (velocity.yml:3:33)"));
  EXPECT_THAT(text, HasSubstr("help: add \"build\" to its depends_on, or \"!dist/**\""));
}

TEST(OutputConflicts, WithADependencyItIsFine) {
  EXPECT_EQ(conflicts("  build: {command: x, outputs: [\"dist/**\"]}\n"
                      "  pack: {command: x, depends_on: [build]}\n"
                      "  test: {command: x, inputs: [\"**/*.js\"], depends_on: [pack]}\n"),
            "");
  // `^build` is the build of other packages.
  EXPECT_NE(conflicts("  build: {command: x, outputs: [\"dist/**\"]}\n"
                      "  test: {command: x, inputs: [\"**/*.js\"], depends_on: [^build]}\n"),
            "");
}

TEST(OutputConflicts, ADependencyOnThePackageByNameCountsThere) {
  WorkspaceBuilder built(
      "  build: {command: x, outputs: [\"dist/**\"]}\n"
      "  test: {command: x, inputs: [\"**/*.js\"], depends_on: [a#build]}\n");
  EXPECT_EQ(conflicts(built.package("a", {})), "");
  EXPECT_NE(conflicts(built.package("b", {})), "");
}

TEST(OutputConflicts, DefaultInputsLeaveOutAllOutputs) {
  EXPECT_EQ(conflicts("  build: {command: x, outputs: [\"dist/**\"]}\n  test: {command: x}\n"), "");
}

TEST(OutputConflicts, AnInputCannotBeTheTasksOwnOutput) {
  EXPECT_THAT(conflicts("  build: {command: x, inputs: [\"**/*.ts\"], outputs: [\"dist/**\"]}\n"),
              HasSubstr("input \"**/*.ts\" of \"build\" can be its own output \"dist/**\""));
  EXPECT_EQ(conflicts("  build: {command: x, inputs: [\"**/*.ts\", \"!dist/**\"], "
                      "outputs: [\"dist/**\"]}\n"),
            "");
}

TEST(OutputConflicts, TasksThatNoPackageHasBothOfDoNotMeet) {
  WorkspaceBuilder built(
      "  build: {command: npm run build, outputs: [dist]}\n"
      "  bundle: {command: npm run bundle, outputs: [dist]}\n");
  built.package("a", {}, {{"build", "x"}}).package("b", {}, {{"bundle", "x"}});
  EXPECT_EQ(conflicts(built), "");
  built.package("c", {}, {{"build", "x"}, {"bundle", "x"}});
  EXPECT_NE(conflicts(built), "");
}

TEST(OutputConflicts, OneMistakeInManyPackagesIsReportedOnce) {
  WorkspaceBuilder built(
      "  build: {command: x, outputs: [dist]}\n"
      "  pack: {command: x, outputs: [dist]}\n"
      "  lint: {command: npm run lint}\n");
  for (const std::string name : {"a", "b", "c", "d"}) {
    built.package(name, {},
                  name < "c" ? std::map<std::string, std::string>{{"lint", "x"}}
                             : std::map<std::string, std::string>{});
  }
  EXPECT_EQ(check_output_conflicts(TaskCatalog(built.config, built.workspace)).size(), 1U);
}

TEST(OutputConflicts, OverridesAreLookedAtInTheirPackage) {
  WorkspaceBuilder built(
      "  build: {command: x, outputs: [dist]}\n  docs: {command: x, outputs: [doc]}\n");
  built.package("a", {}).own_config("pipeline:\n  docs: {outputs: [dist/doc]}\n");
  EXPECT_THAT(conflicts(built), HasSubstr("packages/a/velocity.yml:2:20: error[VC0305]"));
}

}  // namespace
}  // namespace vc::agent
