#include "agent/config.hpp"
#include "agent/task_graph.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TurboConfigTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  void packages() {
    write("package.json", R"({"workspaces":["packages/*"],"packageManager":"pnpm@9.0.0"})");
    write("packages/a/package.json", R"({"name":"a","scripts":{"build":"x","lint":"y"}})");
    write("packages/b/package.json",
          R"({"name":"b","scripts":{"build":"x"},"dependencies":{"a":"*"}})");
  }

  std::string errors_of(std::string_view text) {
    write("turbo.json", text);
    const auto config = load_config(root_ / "turbo.json", {});
    if (!config) {
      return render(config.error());
    }
    const auto workspace = discover_workspace(*config);
    return workspace ? "accepted" : render(workspace.error());
  }

  // The graph of the tasks named, as "label" or "label (nothing)" with what each waits for.
  TaskGraph graph_of(std::string_view text, std::vector<std::string> tasks) {
    write("turbo.json", text);
    config_ = load_config(root_ / "turbo.json", {}).value();
    workspace_ = discover_workspace(config_).value();
    auto graph = build_task_graph(config_, workspace_, {.tasks = std::move(tasks)});
    EXPECT_TRUE(graph) << (graph ? "" : render(graph.error()));
    return graph.value_or(TaskGraph());
  }

  static const TaskNode& node(const TaskGraph& graph, std::string_view label) {
    const auto found = std::ranges::find(graph.tasks, label, &TaskNode::label);
    EXPECT_NE(found, graph.tasks.end()) << label;
    return *found;
  }

  static std::vector<std::string> waits_for(const TaskGraph& graph, std::string_view label) {
    std::vector<std::string> labels;
    for (const TaskId id : node(graph, label).dependencies) {
      labels.push_back(graph.tasks[id].label);
    }
    std::ranges::sort(labels);
    return labels;
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
  Config config_;
  Workspace workspace_;
};

TEST_F(TurboConfigTest, ItIsTheConfigurationWhereNoVelocityFileIs) {
  packages();
  write("turbo.json", R"({"tasks":{}})");
  write("packages/a/turbo.json", R"({"extends":["//"],"tasks":{}})");
  EXPECT_EQ(find_config(root_ / "packages/a"), root_ / "turbo.json");
  write("packages/a/velocity.yml", "pipeline: {}\n");  // A package's own.
  EXPECT_EQ(find_config(root_ / "packages/a"), root_ / "turbo.json");
  write("velocity.yml", "version: 1\npipeline: {}\n");
  EXPECT_EQ(find_config(root_ / "packages/a"), root_ / "velocity.yml");
}

TEST_F(TurboConfigTest, AFileThatCannotBeReadIsStillTheWorkspaces) {
  packages();
  write("turbo.jsonc", "{");
  EXPECT_EQ(find_config(root_ / "packages/a"), root_ / "turbo.jsonc");
}

TEST_F(TurboConfigTest, TasksRunTheScriptsOfThePackages) {
  packages();
  const TaskGraph graph = graph_of(
      R"({"tasks":{"build":{"dependsOn":["^build","lint"],"outputs":["!dist/x","dist/**"]},"lint":{}}})",
      {"build"});
  EXPECT_EQ(node(graph, "a#build").definition.command, "pnpm run build");
  EXPECT_THAT(node(graph, "a#build").definition.outputs.patterns,
              ElementsAre("dist/**", "!dist/x"));
  EXPECT_THAT(waits_for(graph, "b#build"), ElementsAre("a#build", "b#lint"));
  EXPECT_FALSE(node(graph, "b#lint").has_command);
  EXPECT_TRUE(node(graph, "a#lint").has_command);
}

TEST_F(TurboConfigTest, TheFirstVersionsSpellingIsRead) {
  packages();
  const TaskGraph graph = graph_of(
      R"({"globalDependencies":["$CI_ID","x.json"],
          "pipeline":{"build":{"dependsOn":["$TOKEN","^build"],"dotEnv":[".env"]}}})",
      {"build"});
  const TaskDefinition& build = node(graph, "a#build").definition;
  EXPECT_THAT(build.env, ElementsAre("TOKEN"));
  EXPECT_TRUE(build.inputs_extend_defaults);
  EXPECT_THAT(build.inputs->patterns, ElementsAre(".env"));
  EXPECT_THAT(config_.global_inputs, ElementsAre("x.json"));
  EXPECT_THAT(config_.global_env, ElementsAre("CI_ID"));
}

TEST_F(TurboConfigTest, InputsSayWhereTheyAre) {
  packages();
  const TaskGraph graph = graph_of(
      R"({"tasks":{"build":{"inputs":["!src/x","$TURBO_ROOT$/a.json","src/**","../../b.json","!$TURBO_ROOT$/c"]},
                   "lint":{"inputs":["$TURBO_DEFAULT$"]}}})",
      {"build", "lint"});
  const TaskDefinition& build = node(graph, "a#build").definition;
  EXPECT_THAT(build.inputs->patterns, ElementsAre("src/**", "!src/x"));
  EXPECT_FALSE(build.inputs_extend_defaults);
  EXPECT_THAT(build.root_inputs.patterns, ElementsAre("a.json", "b.json", "!c"));
  EXPECT_FALSE(node(graph, "a#lint").definition.inputs);
}

TEST_F(TurboConfigTest, WhatTheCacheCannotHoldIsNotCached) {
  packages();
  const TaskGraph graph =
      graph_of(R"({"tasks":{"build":{"outputs":["../x/**"]},"lint":{"outputs":["**"]}}})",
               {"build", "lint"});
  EXPECT_FALSE(node(graph, "a#build").definition.cache);
  EXPECT_FALSE(node(graph, "a#lint").definition.cache);
  EXPECT_THAT(node(graph, "a#lint").definition.outputs.patterns, IsEmpty());
}

TEST_F(TurboConfigTest, OfTwoTasksWithTheSameOutputsTheFirstIsCached) {
  packages();
  const TaskGraph graph = graph_of(
      "{\"tasks\":{\"lint\":{\"outputs\":[\"dist/**\"]},\n\"build\":{\"outputs\":[\"dist/a\"]}}}",
      {"build", "lint"});
  EXPECT_TRUE(node(graph, "a#lint").definition.cache);
  EXPECT_FALSE(node(graph, "a#build").definition.cache);
  EXPECT_TRUE(node(graph, "b#build").definition.cache);  // b has no lint.
  EXPECT_THAT(render(workspace_.warnings), HasSubstr("turbo.json:2:21: warning[VC0305]"));
}

TEST_F(TurboConfigTest, APackagesFileStandsOnTopOfTheRoots) {
  packages();
  write("packages/a/turbo.json",
        R"({"extends":["//"],"tasks":{"build":{"env":["$TURBO_EXTENDS$","Y"],"cache":false}}})");
  write("packages/b/turbo.json",
        R"({"extends":["//","a"],"tasks":{"build":{"outputs":["o"]},"lint":{"extends":false}}})");
  const TaskGraph graph = graph_of(
      R"({"tasks":{"build":{"env":["X"],"dependsOn":["^build"]},"lint":{}}})", {"build", "lint"});
  EXPECT_THAT(node(graph, "a#build").definition.env, ElementsAre("X", "Y"));
  EXPECT_THAT(node(graph, "b#build").definition.env, ElementsAre("X", "Y"));
  EXPECT_FALSE(node(graph, "b#build").definition.cache);
  EXPECT_THAT(node(graph, "b#build").definition.outputs.patterns, ElementsAre("o"));
  EXPECT_EQ(std::ranges::find(graph.tasks, "b#lint", &TaskNode::label), graph.tasks.end());
}

TEST_F(TurboConfigTest, TheRootHasItsOwnTasksOnly) {
  packages();
  write("package.json",
        R"({"workspaces":["packages/*"],"scripts":{"build":"turbo run build","check":"x"}})");
  const TaskGraph graph =
      graph_of(R"({"tasks":{"build":{"dependsOn":["//#check"]},"//#check":{}}})", {"build"});
  EXPECT_THAT(waits_for(graph, "a#build"), ElementsAre("//#check"));
  EXPECT_EQ(graph.tasks.size(), 3U);
}

TEST_F(TurboConfigTest, FrameworksBringTheirVariables) {
  packages();
  write("packages/b/package.json",
        R"({"name":"b","scripts":{"build":"x"},"devDependencies":{"next":"15","vite":"6"}})");
  const TaskGraph graph = graph_of(R"({"tasks":{"build":{"env":["!NEXT_PUBLIC_X"]}}})", {"build"});
  EXPECT_THAT(node(graph, "b#build").definition.env,
              ElementsAre("!NEXT_PUBLIC_X", "NEXT_PUBLIC_*", "VITE_*"));
  EXPECT_THAT(node(graph, "a#build").definition.env, ElementsAre("!NEXT_PUBLIC_X"));
}

TEST_F(TurboConfigTest, CirclesOfExtendsAreErrors) {
  packages();
  write("packages/a/turbo.json", R"({"extends":["//","b"],"tasks":{}})");
  write("packages/b/turbo.json", R"({"extends":["//","a"],"tasks":{}})");
  EXPECT_THAT(errors_of(R"({"tasks":{}})"),
              AllOf(HasSubstr("packages/b/turbo.json:1:18: error[VC0304]"),
                    HasSubstr("extends this file")));
  write("packages/b/turbo.json", R"({"extends":["//","nobody"],"tasks":{}})");
  EXPECT_THAT(errors_of(R"({"tasks":{}})"), HasSubstr("no package is called \"nobody\""));
}

TEST_F(TurboConfigTest, EveryWrongTypeIsReportedWithItsPosition) {
  packages();
  const std::string errors = errors_of(
      "{\n"
      "\"tasks\": {\n"
      "\"build\": {\n"
      "\"dependsOn\": \"^build\",\n"
      "\"inputs\": {},\n"
      "\"outputs\": [1],\n"
      "\"env\": [\"A B\"],\n"
      "\"cache\": \"true\",\n"
      "\"persistent\": 1,\n"
      "\"with\": null},\n"
      "\"lint\": [], \"bad name\": {}, \"build\": {}},\n"
      "\"globalEnv\": {},\n"
      "\"globalDependencies\": [\"{\", \"../x\"],\n"
      "\"envMode\": \"lax\"}\n");
  for (const std::string_view place : {"4:14", "5:11", "6:13", "7:9", "8:10", "9:15", "10:1",
                                       "11:9", "11:13", "11:29", "12:14", "13:24", "14:12"}) {
    EXPECT_THAT(errors, HasSubstr("turbo.json:" + std::string(place) + ": error"));
  }
  EXPECT_THAT(errors_of("[]"), HasSubstr("turbo.json:1:1: error[VC0105]"));
  EXPECT_THAT(errors_of("{}"), HasSubstr("turbo.json has no \"tasks\""));
  EXPECT_THAT(errors_of(R"({"tasks":{},"globalDependencies":["../x"]})"),
              HasSubstr("turbo.json:1:35: error[VC0113]"));
}

TEST_F(TurboConfigTest, TheSizeIsBounded) {
  packages();
  std::string text = R"({"tasks":{}})";
  text.resize(kConfigBytesMax, ' ');
  EXPECT_EQ(errors_of(text), "accepted");
  EXPECT_THAT(errors_of(text + " "), HasSubstr("VC0101"));
}

TEST_F(TurboConfigTest, UnknownKeysAreWarningsAndWhatIsNotKeptIsSaidOnce) {
  packages();
  static_cast<void>(graph_of(
      R"({"daemon":false,"novelty":1,"concurrency":"3","tasks":{"build":{"interactive":true,"outptus":[]}}})",
      {"build"}));
  const std::string warnings = render(config_.warnings);
  EXPECT_THAT(warnings, HasSubstr("unknown key \"novelty\""));
  EXPECT_THAT(warnings, HasSubstr("did you mean \"outputs\"?"));
  EXPECT_THAT(warnings, HasSubstr("without effect here: concurrency, interactive"));
  EXPECT_THAT(warnings, Not(HasSubstr("unknown key \"daemon\"")));
}

TEST_F(TurboConfigTest, TasksBesideATaskAreInTheGraph) {
  packages();
  const TaskGraph graph =
      graph_of(R"({"tasks":{"build":{},"lint":{},"b#build":{"with":["a#lint"]}}})", {"b#build"});
  EXPECT_THAT(waits_for(graph, "b#build"), IsEmpty());
  EXPECT_TRUE(node(graph, "a#lint").has_command);
}

}  // namespace
}  // namespace vc::agent
