#include "agent/task_graph/persistent_check.hpp"

#include "agent/testing/workspace_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string mistakes_of(const WorkspaceBuilder& built, const Selection& selection) {
  const auto graph = build_task_graph(built.config, built.workspace, selection);
  return graph ? "" : render(graph.error());
}

std::string pipeline_with(std::string_view keys) {
  return "  serve: {command: serve" + std::string(keys) +
         "}\n  test: {command: test, depends_on: [serve]}\n";
}

TEST(PersistentCheck, OneThatSaysWhenItIsReadyMayBeWaitedFor) {
  WorkspaceBuilder built(pipeline_with(", persistent: true, ready_when: up, timeout: 9s"));
  built.package("web", {});
  EXPECT_THAT(mistakes_of(built, {.tasks = {"test"}}), IsEmpty());
}

TEST(PersistentCheck, OneThatDoesNotMayBeNamedAndNotWaitedFor) {
  WorkspaceBuilder built(pipeline_with(", persistent: true"));
  built.package("web", {});
  EXPECT_THAT(mistakes_of(built, {.tasks = {"serve"}}), IsEmpty());
  const std::string mistake = mistakes_of(built, {.tasks = {"test"}});
  EXPECT_THAT(mistake, HasSubstr("velocity.yml:4:38: error[VC0309]: web#test waits for web#serve"));
  EXPECT_THAT(mistake, HasSubstr("help: give \"serve\" a ready_when"));
}

TEST(PersistentCheck, AlsoThroughPackagesThatLackTheTask) {
  WorkspaceBuilder built(
      "  dev: {command: npm run dev, persistent: true}\n"
      "  test: {command: test, depends_on: [^dev]}\n");
  built.package("server", {}, {{"dev", "x"}}).package("between", {"server"});
  built.package("web", {"between"});
  EXPECT_THAT(mistakes_of(built, {.tasks = {"web#test"}}), HasSubstr("waits for server#dev"));
}

TEST(PersistentCheck, KeysThatMeanNothingForItAreErrors) {
  for (const auto& [keys, name] :
       std::map<std::string, std::string>{{"outputs: [dist]", "outputs"},
                                          {"cache: true", "cache"},
                                          {"incremental: true", "incremental"},
                                          {"retries: 1", "retries"},
                                          {"weight: 2", "weight"},
                                          {"mutex: db", "mutex"},
                                          {"timeout: 5s", "timeout"}}) {
    WorkspaceBuilder built(pipeline_with(", persistent: true, " + keys));
    built.package("web", {}).package("api", {});
    const std::string mistake = mistakes_of(built, {.tasks = {"serve"}});
    EXPECT_THAT(mistake, HasSubstr("error[VC0310]: \"" + name +
                                   "\" means nothing for \"serve\", which is persistent"));
    EXPECT_EQ(mistake.find("VC0310"), mistake.rfind("VC0310")) << "once, not once a package";
  }
  WorkspaceBuilder built(pipeline_with(", ready_when: up"));
  built.package("web", {});
  EXPECT_THAT(mistakes_of(built, {.tasks = {"serve"}}),
              HasSubstr("\"ready_when\" means nothing for \"serve\", which is not persistent"));
}

TEST(PersistentCheck, ThePackagesOwnKeysCountWithTheRoots) {
  WorkspaceBuilder built(pipeline_with(", persistent: true"));
  built.package("web", {}).own_config("pipeline: {serve: {retries: 2}}\n");
  EXPECT_THAT(mistakes_of(built, {.tasks = {"serve"}}),
              HasSubstr("packages/web/velocity.yml:1:12: error[VC0310]: \"retries\""));
  WorkspaceBuilder off(pipeline_with(", persistent: true"));
  off.package("web", {}).own_config("pipeline: {serve: {persistent: false, retries: 2}}\n");
  EXPECT_THAT(mistakes_of(off, {.tasks = {"test"}}), IsEmpty());
}

TEST(PersistentCheck, WhatNeverEndsHasNoOutputsToCount) {
  WorkspaceBuilder built(
      "  serve: {command: serve, persistent: true, ready_when: up}\n"
      "  test: {command: test, depends_on: [{task: serve, on: outputs}]}\n");
  built.package("web", {});
  const std::string mistake = mistakes_of(built, {.tasks = {"test"}});
  EXPECT_THAT(mistake, HasSubstr("velocity.yml:4:"));
  EXPECT_THAT(mistake, HasSubstr("error[VC0310]: \"on: outputs\" means nothing for \"serve\""));
  EXPECT_THAT(mistake, HasSubstr("help: write \"serve\" alone"));
}

}  // namespace
}  // namespace vc::agent
