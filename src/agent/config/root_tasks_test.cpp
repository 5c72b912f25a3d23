// `//#format`, tasks of the root alone, and `with`, tasks beside others.

#include "agent/config.hpp"
#include "agent/task_graph.hpp"
#include "agent/workspace.hpp"
#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RootTasksTest : public testing::Test {
 protected:
  RootTasksTest() {
    write("package.json", R"({"name": "repository", "workspaces": ["packages/*"],
                              "scripts": {"build": "starts everything", "format": "f"}})");
    write("packages/lib/package.json",
          R"({"name": "lib", "scripts": {"build": "b", "serve": "s"}})");
    write("packages/web/package.json",
          R"({"name": "web", "scripts": {"build": "b"}, "dependencies": {"lib": "*"}})");
  }

  void write(const std::string& path, std::string_view text) const {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  // "web#build <- lib#build", one a task; or what is wrong.
  std::vector<std::string> planned(std::string_view pipeline, std::vector<std::string> tasks,
                                   std::string_view before = "") const {
    const std::string text =
        "version: 1\n" + std::string(before) + "pipeline:\n" + std::string(pipeline);
    const auto config = parse_config(text, root_ / "velocity.yml", {});
    if (!config) {
      return {render(config.error())};
    }
    const auto workspace = discover_workspace(*config);
    if (!workspace) {
      return {render(workspace.error())};
    }
    const auto graph = build_task_graph(*config, *workspace, {.tasks = std::move(tasks)});
    if (!graph) {
      return {render(graph.error())};
    }
    std::vector<std::string> lines;
    for (const TaskNode& task : graph->tasks) {
      std::string line = task.label + " (" + task.definition.command + ")";
      for (const TaskId other : task.dependencies) {
        line += " <- " + graph->tasks[other].label;
      }
      lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
};

TEST_F(RootTasksTest, TheRootHasItsOwnTasksAndNoOthers) {
  constexpr std::string_view kPipeline =
      "  build: {command: npm run build, depends_on: [^build, //#format]}\n"
      "  //#format: {command: npm run format}\n";
  EXPECT_THAT(planned(kPipeline, {"build"}),
              ElementsAre("//#format (npm run format)", "lib#build (npm run build) <- //#format",
                          "web#build (npm run build) <- //#format <- lib#build"));
  EXPECT_THAT(planned(kPipeline, {"//#format"}), ElementsAre("//#format (npm run format)"));
  EXPECT_THAT(planned(kPipeline, {"format"}), ElementsAre("//#format (npm run format)"));
}

TEST_F(RootTasksTest, TheyAddToTheTaskOfTheNameKeyByKey) {
  EXPECT_THAT(planned("  build: {command: npm run build, depends_on: [^build]}\n"
                      "  //#build: {depends_on: [lib#build]}\n",
                      {"//#build"}),
              ElementsAre("//#build (npm run build) <- lib#build", "lib#build (npm run build)"));
}

TEST_F(RootTasksTest, ARootThatIsListedHasThoseOfThePipelineToo) {
  EXPECT_THAT(planned("  build: {command: npm run build}\n  //#format: {command: npm run format}\n",
                      {"build", "format"}, "packages: [., packages/lib]\n"),
              ElementsAre("lib#build (npm run build)", "repository#build (npm run build)",
                          "repository#format (npm run format)"));
}

TEST_F(RootTasksTest, MistakesAreTold) {
  EXPECT_THAT(planned("  //#format: {depends_on: [build]}\n  build: {command: x}\n", {"build"})[0],
              HasSubstr("task \"format\" has a command neither here nor"));
  EXPECT_THAT(planned("  //#: {command: x}\n", {"build"})[0],
              HasSubstr("\"//#\" cannot be the name of a task"));
  EXPECT_THAT(planned("  web#build: {command: x}\n", {"build"})[0],
              HasSubstr("belongs in that package's velocity.yml"));
  write("packages/web/velocity.yml", "pipeline:\n  //#format: {command: x}\n");
  EXPECT_THAT(planned("  build: {command: x}\n", {"build"})[0],
              HasSubstr("\"//#format\" cannot be the name of a task"));
}

TEST_F(RootTasksTest, WhatRunsBesideATaskComesAlong) {
  constexpr std::string_view kPipeline =
      "  build: {command: npm run build, with: [lib#serve]}\n"
      "  serve: {command: npm run serve, persistent: true}\n";
  EXPECT_THAT(planned(kPipeline, {"web#build"}),
              ElementsAre("lib#serve (npm run serve)", "web#build (npm run build)"));
  write("packages/web/velocity.yml", "pipeline:\n  build: {with: []}\n");
  EXPECT_THAT(planned(kPipeline, {"web#build"}), ElementsAre("web#build (npm run build)"));
}

TEST_F(RootTasksTest, WithNamesTasksThatAreThere) {
  EXPECT_THAT(planned("  build: {command: x, with: [gone]}\n", {"build"})[0],
              HasSubstr("no task is called \"gone\""));
  EXPECT_THAT(planned("  build: {command: x, with: [web#serve]}\n"
                      "  serve: {command: npm run serve}\n",
                      {"build"})[0],
              HasSubstr("package \"web\" has no task \"serve\""));
  EXPECT_THAT(planned("  build: {command: x, with: [{task: ^build, on: outputs}]}\n", {"build"})[0],
              HasSubstr("\"on\" means nothing in \"with\""));
}

}  // namespace
}  // namespace vc::agent
