#include "agent/commands/init.hpp"
#include "agent/config.hpp"
#include "agent/nx/nx_file.hpp"
#include "agent/task_graph.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class InitNxTest : public testing::Test {
 protected:
  InitNxTest() {
    write("package.json", R"({"name": "root", "workspaces": ["packages/*"]})");
    write("packages/lib/package.json",
          R"({"name": "lib", "version": "1.0.0", "scripts": {"build": "x", "test": "x"}})");
    write("packages/web/package.json",
          R"({"name": "web", "dependencies": {"lib": "1.0.0"},
              "scripts": {"build": "x", "test": "x", "lint": "x", "serve": "x"}})");
  }

  void write(const std::string& path, std::string_view text) const {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  int init() {
    said_.str("");
    return run_init({.directory = root_, .force = true}, said_, said_);
  }

  // What was written for this nx.json, as the agent reads it. Its graph of all tasks must stand.
  std::map<std::string, TaskDefinition> tasks_of(std::string_view nx_json) {
    write("nx.json", nx_json);
    EXPECT_EQ(init(), 0) << said_.str();
    const auto config = load_config(root_ / "velocity.yml", {});
    EXPECT_TRUE(config) << (config ? "" : render(config.error()));
    const auto workspace = discover_workspace(*config);
    EXPECT_TRUE(workspace);
    Selection all;
    for (const auto& [name, task] : config->pipeline) {
      all.tasks.push_back(name);
    }
    const auto graph = build_task_graph(*config, *workspace, all);
    EXPECT_TRUE(graph) << (graph ? "" : render(graph.error()));
    return {config->pipeline.begin(), config->pipeline.end()};
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
  std::ostringstream said_;
};

TEST_F(InitNxTest, KeepsWhatTargetDefaultsSay) {
  const auto tasks = tasks_of(R"({
    // Nx allows comments.
    "namedInputs": {
      "default": ["{projectRoot}/**/*", "shared"],
      "production": ["!{projectRoot}/**/*.test.ts", "default"],
      "shared": ["{workspaceRoot}/tsconfig.base.json"]},
    "targetDefaults": {
      "build": {"cache": true, "dependsOn": ["^build"], "outputs": ["{projectRoot}/dist"],
                "inputs": ["production", "^production", {"env": "MODE"},
                           {"runtime": "node --version"}, {"externalDependencies": ["x"]}]},
      "test": {"cache": true, "dependsOn": ["build", {"target": "build", "projects": ["lib"]}],
               "inputs": ["default"]}}})");
  ASSERT_TRUE(tasks.contains("build") && tasks.contains("test"));
  const TaskDefinition& build = tasks.at("build");
  EXPECT_EQ(build.command, "npm run build");
  EXPECT_TRUE(build.inputs_extend_defaults);
  EXPECT_THAT(build.inputs->patterns, ElementsAre("!**/*.test.ts"));
  EXPECT_THAT(build.root_inputs.patterns, ElementsAre("tsconfig.base.json"));
  EXPECT_THAT(build.outputs.patterns, ElementsAre("dist"));
  EXPECT_THAT(build.env, ElementsAre("MODE"));
  EXPECT_THAT(build.tools, ElementsAre("node --version"));
  EXPECT_TRUE(build.is_cached());
  ASSERT_EQ(build.depends_on.size(), 1U);
  EXPECT_EQ(build.depends_on[0].kind, DependencyPattern::Kind::dependencies);
  const TaskDefinition& test = tasks.at("test");
  ASSERT_EQ(test.depends_on.size(), 2U);
  EXPECT_EQ(test.depends_on[1].package, "lib");
  EXPECT_THAT(said_.str(), Not(HasSubstr("Left out of")));
}

TEST_F(InitNxTest, CachesOnlyWhatNxCaches) {
  const auto tasks = tasks_of(R"({
    "tasksRunnerOptions": {"default": {"options": {"cacheableOperations": ["build", "lint"]}}},
    "targetDefaults": {"test": {}, "lint": {"cache": false},
                       "serve": {"continuous": true, "dependsOn": ["build"]}}})");
  EXPECT_TRUE(tasks.at("build").is_cached());
  EXPECT_FALSE(tasks.at("test").is_cached());
  EXPECT_FALSE(tasks.at("lint").is_cached());
  EXPECT_TRUE(tasks.at("serve").rules.persistent);
}

// By default the files of the packages that are used count for Nx.
TEST_F(InitNxTest, InputsOfDependenciesBecomeADependency) {
  const auto tasks = tasks_of(R"({"targetDefaults": {"lint": {"cache": true}}})");
  ASSERT_EQ(tasks.at("lint").depends_on.size(), 1U);
  EXPECT_EQ(tasks.at("lint").depends_on[0].kind, DependencyPattern::Kind::dependencies);
  EXPECT_THAT(said_.str(), HasSubstr("depends_on ^lint stands for the inputs"));
}

TEST_F(InitNxTest, SaysWhatIsLeftOutAndWhy) {
  write("packages/web/project.json",
        R"({"implicitDependencies": ["lib"], "namedInputs": {"a": []},
            "targets": {"deploy": {"executor": "nx:run-commands"}, "run": {"command": "x"}}})");
  const auto tasks = tasks_of(R"({"plugins": ["p"], "targetDefaults": {
    "build": {"cache": true, "outputs": ["{workspaceRoot}/dist/{projectRoot}"],
              "inputs": ["nobody knows it", "{options.x}"], "dependsOn": ["codegen"]},
    "package": {}, "@nx/js:tsc": {}}})");
  EXPECT_FALSE(tasks.at("build").is_cached()) << "its outputs are elsewhere";
  for (const char* line :
       {"Left out: package. No package.json has a script", "Left out: @nx/js:tsc. It gives",
        "Not cached: {workspaceRoot}/dist/{projectRoot} is not inside",
        "Left out of inputs: nobody knows it.", "Left out of inputs: {options.x}.",
        "Left out of depends_on: codegen.", "Left out: plugins.",
        "Left out: lint, serve, test. nx.json says nothing"}) {
    EXPECT_THAT(said_.str(), HasSubstr(line));
  }
}

TEST_F(InitNxTest, NamedInputsInACircleEnd) {
  tasks_of(R"({"namedInputs": {"a": ["b"], "b": ["a", "default"]},
               "targetDefaults": {"build": {"inputs": ["a"], "cache": true}}})");
  EXPECT_THAT(said_.str(), HasSubstr("Left out of inputs: "));
}

TEST_F(InitNxTest, MistakesAreToldWithTheirPositionAndNothingIsWritten) {
  write("nx.json", "{\"targetDefaults\": {\n  \"build\": {\"inputs\": [7]}}}");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(said_.str(), HasSubstr("nx.json:2:24: error[VC0105]"));
  write("nx.json", "{\"targetDefaults\": ");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(said_.str(), HasSubstr("nx.json:1:"));
  write("nx.json", R"({"targetDefaults": {"build": {}}})");
  write("packages/web/project.json", R"({"targets": []})");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(said_.str(), HasSubstr("packages/web/project.json:1:"));
  EXPECT_FALSE(fs::exists(root_ / "velocity.yml"));
}

TEST(NxFile, KnowsEveryFormOfADependencyAndAnInput) {
  const auto file = parse_nx_file(R"({"targets": {"build": {
    "dependsOn": ["a", "^b", {"target": "c"}, {"target": "d", "projects": "dependencies"},
                  {"target": "e", "dependencies": true}, {"target": "f", "projects": "self"},
                  {"target": "g", "projects": "web"}, {"target": "h", "projects": ["x", "y"]}],
    "inputs": [{"fileset": "{projectRoot}/a"}, {"input": "p", "projects": "dependencies"},
               {"input": "p", "dependencies": true}, {"dependentTasksOutputFiles": "**/*.d.ts"},
               {"input": "p", "projects": ["web"]}]}}})",
                                  "project.json");
  ASSERT_TRUE(file) << render(file.error());
  const NxTarget& build = file->targets.at("build");
  EXPECT_THAT(*build.depends_on,
              ElementsAre("a", "^b", "c", "^d", "^e", "f", "web:g", "x:h", "y:h"));
  std::vector<std::string> values;
  for (const NxInput& input : *build.inputs) {
    values.push_back(input.value);
  }
  EXPECT_THAT(values, ElementsAre("{projectRoot}/a", "^p", "^p", "dependentTasksOutputFiles",
                                  "the inputs of named projects"));
}

}  // namespace
}  // namespace vc::agent
