#include "agent/commands/init.hpp"

#include "agent/config.hpp"
#include "agent/task_graph.hpp"
#include "core/temp_dir.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class InitTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text = "x\n") {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  std::string content(const std::string& path) {
    return read_file_if_exists(root_ / path).value_or(std::nullopt).value_or("");
  }

  int init(bool force = false) {
    out_.str("");
    err_.str("");
    return run_init({.directory = root_, .force = force}, out_, err_);
  }

  // What was written, as the agent reads it. Its graph of all tasks must stand.
  Config written() {
    EXPECT_EQ(init(), 0) << err_.str();
    const auto config = load_config(root_ / "velocity.yml", {});
    EXPECT_TRUE(config) << (config ? "" : render(config.error()));
    if (!config) {
      return {};
    }
    const auto workspace = discover_workspace(*config);
    EXPECT_TRUE(workspace) << (workspace ? "" : render(workspace.error()));
    Selection all;
    for (const auto& [name, task] : config->pipeline) {
      all.tasks.push_back(name);
    }
    const auto graph = build_task_graph(*config, *workspace, all);
    EXPECT_TRUE(graph) << content("velocity.yml") << (graph ? "" : render(graph.error()));
    return *config;
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
  std::ostringstream out_;
  std::ostringstream err_;
};

std::vector<std::string> dependencies_of(const TaskDefinition& task) {
  std::vector<std::string> names;
  for (const DependencyPattern& dependency : task.depends_on) {
    const bool upstream = dependency.kind == DependencyPattern::Kind::dependencies;
    names.push_back((upstream ? "^" : "") + dependency.task);
  }
  return names;
}

TEST_F(InitTest, NpmWorkspacesBecomeTasksOfTheirScripts) {
  write("package.json", R"({"workspaces":["packages/*"],"scripts":{"build":"turbo run build"}})");
  write("package-lock.json");
  write("packages/a/package.json",
        R"({"name":"a","scripts":{"build":"tsc -p .","test":"node --test","lint":"eslint ."}})");
  write("packages/b/package.json", R"({"name":"b","scripts":{"build":"vite build","dev":"vite"}})");
  const Config config = written();
  EXPECT_EQ(config.pipeline.size(), 3U);
  const TaskDefinition& build = config.pipeline.at("build");
  EXPECT_EQ(build.command, "npm run build");
  EXPECT_THAT(build.outputs.patterns, ElementsAre("dist/**"));
  EXPECT_THAT(dependencies_of(build), ElementsAre("^build"));
  EXPECT_THAT(build.env, ElementsAre("VITE_*"));
  EXPECT_THAT(dependencies_of(config.pipeline.at("test")), ElementsAre("build"));
  EXPECT_THAT(dependencies_of(config.pipeline.at("lint")), ElementsAre("^lint"));
  EXPECT_THAT(out_.str(), HasSubstr("Found 2 packages of npm.\nWrote velocity.yml with the tasks "
                                    "build, lint, test.\n"));
}

// B17: no generated task is cached with nothing to depend on.
TEST_F(InitTest, EveryGeneratedTaskDependsOnItsFiles) {
  for (const std::string file : {"Cargo.toml", "go.mod", "requirements.txt", "Makefile"}) {
    const TempDir folder = *TempDir::create();
    root_ = fs::canonical(folder.path());
    write(file, file == "Cargo.toml" ? "[workspace]\n" : "ruff mypy\ntest:\nlint:\n");
    const Config config = written();
    EXPECT_FALSE(config.pipeline.empty()) << file;
    for (const auto& [name, task] : config.pipeline) {
      EXPECT_TRUE(!task.inputs || !task.inputs->patterns.empty()) << file << " " << name;
    }
  }
}

TEST_F(InitTest, ASinglePackageHasNoTopologicalDependencies) {
  write(
      "package.json",
      R"({"scripts":{"build":"next build","test":"vitest run --coverage","typecheck":"tsc --noEmit"}})");
  write("pnpm-lock.yaml");
  const Config config = written();
  EXPECT_EQ(config.pipeline.at("build").command, "pnpm run build");
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns,
              ElementsAre(".next/**", "!.next/cache/**"));
  EXPECT_THAT(dependencies_of(config.pipeline.at("build")), IsEmpty());
  EXPECT_THAT(config.pipeline.at("test").outputs.patterns, ElementsAre("coverage/**"));
  EXPECT_THAT(config.pipeline.at("typecheck").outputs.patterns, IsEmpty());
}

TEST_F(InitTest, ABuildThatIsNotRecognisedSaysSo) {
  write("package.json", R"({"scripts":{"build":"node build.js"}})");
  EXPECT_THAT(written().pipeline.at("build").outputs.patterns, ElementsAre("dist/**"));
  EXPECT_THAT(content("velocity.yml"), HasSubstr("# Where the build writes was not recognised"));
}

constexpr std::string_view kTurboTasks = R"({
    // A comment.
    "build": {
      "dependsOn": ["^build", "$LEGACY", "dev"],
      "inputs": ["$TURBO_DEFAULT$", "!README.md", "$TURBO_ROOT$/tsconfig.json"],
      "outputs": ["dist/**", "!dist/cache/**"],
      "env": ["VITE_*", "!VITE_X"],
      "passThroughEnv": ["TOKEN"],
    },
    "test": {"inputs": ["**/*.ts", "jest.config.js"]},
    "deploy": {"cache": false, "dependsOn": ["build", "web#test", "//#check"]},
    "escape": {"outputs": ["../out/**"]},
    "dev": {"persistent": true, "cache": false},
    "web#lint": {}
  },
  "globalDependencies": [".env", "$OLD"],
  "globalEnv": ["NODE_ENV"],
  "globalPassThroughEnv": ["AWS_*"]
})";

TEST_F(InitTest, TurboTasksAreTranslated) {
  for (const std::string key : {"tasks", "pipeline"}) {  // Version 2 and version 1.
    const TempDir folder = *TempDir::create();
    root_ = fs::canonical(folder.path());
    write("turbo.json", "{\n  \"" + key + "\": " + std::string(kTurboTasks));
    write("package.json", R"({"workspaces":["apps/*"]})");
    write("yarn.lock");
    write(
        "apps/web/package.json",
        R"({"name":"web","scripts":{"build":"a","test":"b","deploy":"c","escape":"d","dev":"e"}})");
    const Config config = written();
    const TaskDefinition& build = config.pipeline.at("build");
    EXPECT_EQ(build.command, "yarn run build");
    EXPECT_TRUE(build.inputs_extend_defaults);
    EXPECT_THAT(build.inputs->patterns, ElementsAre("!README.md"));
    EXPECT_THAT(build.root_inputs.patterns, ElementsAre("tsconfig.json"));
    EXPECT_THAT(build.outputs.patterns, ElementsAre("dist/**", "!dist/cache/**"));
    EXPECT_THAT(dependencies_of(build), ElementsAre("^build"));
    EXPECT_THAT(build.env, ElementsAre("VITE_*", "!VITE_X", "LEGACY"));
    EXPECT_THAT(build.pass_env, ElementsAre("TOKEN", "AWS_*"));
    EXPECT_THAT(config.pipeline.at("test").inputs->patterns,
                ElementsAre("**/*.ts", "jest.config.js", "!dist/**"));
    EXPECT_FALSE(config.pipeline.at("deploy").cache);
    EXPECT_THAT(dependencies_of(config.pipeline.at("deploy")), ElementsAre("build", "test"));
    // A result that cannot be kept whole is not kept.
    EXPECT_FALSE(config.pipeline.at("escape").cache);
    EXPECT_THAT(config.global_inputs, ElementsAre(".env"));
    EXPECT_THAT(config.global_env, ElementsAre("OLD", "NODE_ENV"));
    EXPECT_TRUE(config.pipeline.at("dev").rules.persistent);
    EXPECT_EQ(config.pipeline.size(), 5U);
    EXPECT_THAT(content("velocity.yml"), HasSubstr("# Left out of depends_on: dev, which"));
    EXPECT_THAT(content("velocity.yml"), HasSubstr("# Left out: web#lint."));
    EXPECT_THAT(out_.str(), HasSubstr("Check: Left out: web#lint."));
    EXPECT_THAT(out_.str(), HasSubstr("Check: deploy: Left out of depends_on: //#check."));
  }
}

TEST_F(InitTest, WhatTurboAllowsAndWeDoNotIsSettled) {
  write("package.json", R"({"workspaces":["apps/*"]})");
  write("apps/web/package.json",
        R"({"name":"web","scripts":{"a":"x","b":"x","c":"x"},"dependencies":{"next":"15"}})");
  write("apps/web/turbo.json", R"({"extends":["//"],"tasks":{"a":{"cache":false}}})");
  write("turbo.json", R"({"tasks":{
    "a": {"outputs": ["dist/**"], "inputs": ["dist/x", "src"]},
    "b": {"outputs": ["dist/b"]},
    "c": {"inputs": ["$TURBO_ROOT$/x.json", "!$TURBO_ROOT$/y.json"], "with": ["b", "web#gone"], "dependsOn": ["web#missing", "^b"]}}})");
  const Config config = written();
  EXPECT_TRUE(config.pipeline.at("a").cache);
  EXPECT_TRUE(config.pipeline.at("a").outputs_optional);
  EXPECT_THAT(config.pipeline.at("a").inputs->patterns, ElementsAre("dist/x", "src", "!dist/**"));
  EXPECT_THAT(config.pipeline.at("a").env, ElementsAre("NEXT_PUBLIC_*"));
  EXPECT_FALSE(config.pipeline.at("b").cache);
  EXPECT_THAT(config.pipeline.at("c").root_inputs.patterns, ElementsAre("x.json", "!y.json"));
  EXPECT_THAT(dependencies_of(config.pipeline.at("c")), ElementsAre("^b"));
  ASSERT_EQ(config.pipeline.at("c").with.size(), 1U);
  EXPECT_EQ(config.pipeline.at("c").with[0].task, "b");
  // In apps/web it is a that is not cached, and so b is.
  EXPECT_THAT(content("apps/web/velocity.yml"), HasSubstr("    outputs: []\n    cache: false\n"));
  for (const std::string_view line :
       {"Check: b: Not cached: it writes where a does.", "Check: c: Left out of with: web#gone.",
        "Check: c: Left out of depends_on: web#missing.",
        "Wrote apps/web/velocity.yml: what is special there."}) {
    EXPECT_THAT(out_.str(), HasSubstr(std::string(line)));
  }
}

TEST_F(InitTest, AMalformedTurboFileIsShownAndNothingIsWritten) {
  write("turbo.json", "{\n  \"tasks\": {,}\n}\n");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("turbo.json:2:13: error[VC0201]"));
  EXPECT_EQ(content("velocity.yml"), "");
  EXPECT_FALSE(fs::exists(root_ / ".velocity"));
}

TEST_F(InitTest, OtherLanguagesGetTheirOwnTasks) {
  write("go.mod");
  write("main.go");
  Config config = written();
  EXPECT_THAT(config.packages->patterns, ElementsAre("."));
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns, ElementsAre("bin/**"));
  EXPECT_THAT(config.pipeline.at("test").tools, ElementsAre("go version"));

  write("Cargo.toml", "[package]\nname = \"a\"\n");  // Looked at before go.mod.
  ASSERT_TRUE(fs::remove(root_ / "velocity.yml"));
  config = written();
  EXPECT_EQ(config.pipeline.at("test").command, "cargo test");
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns, Contains("!target/release/deps/**"));
}

TEST_F(InitTest, PackagesOfACargoWorkspaceBuildAfterThoseTheyUse) {
  write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
  write("crates/a/Cargo.toml", "[package]\nname = \"a\"\n");
  write("crates/b/Cargo.toml", "[package]\nname = \"b\"\n");
  const Config config = written();
  EXPECT_FALSE(config.packages);
  EXPECT_THAT(dependencies_of(config.pipeline.at("build")), ElementsAre("^build"));
  EXPECT_THAT(dependencies_of(config.pipeline.at("lint")), IsEmpty());
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns, IsEmpty());
  EXPECT_THAT(out_.str(), HasSubstr("Found a Cargo workspace of 2 packages."));
}

TEST_F(InitTest, ModulesOfGoAndProjectsOfUvDoSoToo) {
  write("go.work", "use ./a\n");
  write("a/go.mod", "module example.com/a\n");
  Config config = written();
  EXPECT_FALSE(config.packages);
  EXPECT_EQ(config.pipeline.at("build").command, "go build ./...");
  EXPECT_THAT(dependencies_of(config.pipeline.at("test")), ElementsAre("^build"));
  ASSERT_TRUE(fs::remove(root_ / "velocity.yml"));
  ASSERT_TRUE(fs::remove(root_ / "go.work"));
  ASSERT_TRUE(fs::remove(root_ / "a/go.mod"));
  write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"a\"]\n");
  write("a/pyproject.toml", "[project]\nname = \"a\"\n");
  config = written();
  EXPECT_FALSE(config.packages);
  EXPECT_THAT(dependencies_of(config.pipeline.at("test")), ElementsAre("^test"));
}

// No command does for both.
TEST_F(InitTest, AWorkspaceOfSeveralLanguagesIsLeftToItsRootsOwnTool) {
  write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
  write("a/Cargo.toml", "[package]\nname = \"a\"\n");
  write("go.work", "use ./b\n");
  write("b/go.mod", "module example.com/b\n");
  EXPECT_THAT(written().packages->patterns, ElementsAre("."));
}

TEST_F(InitTest, PythonRunsInTheEnvironmentOfItsLockfile) {
  write("pyproject.toml", "[project]\ndependencies = [\"ruff\"]\n");
  EXPECT_EQ(written().pipeline.at("test").command, "python -m pytest");
  write("poetry.lock");
  ASSERT_TRUE(fs::remove(root_ / "velocity.yml"));
  EXPECT_EQ(written().pipeline.at("lint").command, "poetry run ruff check .");
  write("uv.lock");
  ASSERT_TRUE(fs::remove(root_ / "velocity.yml"));
  const Config config = written();
  EXPECT_EQ(config.pipeline.at("test").command, "uv run python -m pytest");
  EXPECT_THAT(config.pipeline.at("test").tools, ElementsAre("uv run python --version"));
}

TEST_F(InitTest, OutputsThatAreNotKnownAreNotCached) {
  write("Makefile", "all:\n\ntest:\n");
  const Config config = written();
  EXPECT_FALSE(config.pipeline.at("build").cache);
  EXPECT_TRUE(config.pipeline.at("test").cache);
  EXPECT_FALSE(config.pipeline.contains("lint"));
}

TEST_F(InitTest, CMakeProjectsAreInstalledToBeKept) {
  write("CMakeLists.txt", "project(x)\nenable_testing()\ninstall(TARGETS x)\n");
  const Config config = written();
  EXPECT_TRUE(config.pipeline.at("build").cache);
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns, ElementsAre("dist/**"));
  EXPECT_THAT(config.pipeline.at("build").inputs->patterns,
              ElementsAre("**", "!build/**", "!dist/**"));
  EXPECT_TRUE(config.pipeline.contains("test"));
}

TEST_F(InitTest, AnEmptyFolderGetsATaskToReplace) {
  const Config config = written();
  EXPECT_FALSE(config.pipeline.at("build").cache);
  EXPECT_THAT(out_.str(), HasSubstr("Found nothing that it recognises."));
}

TEST_F(InitTest, TheFileIsCommentedAndTheRemoteIsOff) {
  const Config config = written();
  EXPECT_FALSE(config.remote.enabled);
  EXPECT_TRUE(content("velocity.yml")
                  .starts_with("# yaml-language-server: "
                               "$schema=.velocity/velocity.schema.json\nversion: 1\n"));
  EXPECT_THAT(content("velocity.yml"), HasSubstr("token: \"${VC_AUTH_TOKEN}\""));
}

TEST_F(InitTest, TheSchemaIsWrittenForEditorsAndKeptInGit) {
  ASSERT_EQ(init(), 0);
  EXPECT_EQ(content(".velocity/velocity.schema.json"),
            read_file(fs::path(VC_SOURCE_DIR) / "docs/schema/velocity.schema.json").value());
  EXPECT_EQ(content(".velocity/.gitignore"), "*\n!.gitignore\n!velocity.schema.json\n");
}

TEST_F(InitTest, AnIgnoreFileOfTheUsersIsLeftAlone) {
  write(".velocity/.gitignore", "*\n");  // As the agent itself writes it.
  ASSERT_EQ(init(), 0);
  EXPECT_THAT(content(".velocity/.gitignore"), HasSubstr("!velocity.schema.json"));
  write(".velocity/.gitignore", "cache\n");
  ASSERT_EQ(init(true), 0);
  EXPECT_EQ(content(".velocity/.gitignore"), "cache\n");
}

TEST_F(InitTest, AnExistingFileIsNotOverwritten) {
  write("velocity.yml", "mine\n");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("velocity.yml exists already"));
  EXPECT_THAT(err_.str(), HasSubstr("--force"));
  EXPECT_EQ(content("velocity.yml"), "mine\n");
  EXPECT_EQ(init(true), 0);
  EXPECT_THAT(content("velocity.yml"), HasSubstr("version: 1"));
}

TEST_F(InitTest, ADanglingLinkOfThatNameIsAnExistingFile) {
  fs::create_symlink("nowhere", root_ / "velocity.yml");
  EXPECT_EQ(init(), 2);
}

TEST_F(InitTest, AFolderInsideAWorkspaceIsRefused) {
  write("velocity.yml", "version: 1\n");
  ASSERT_TRUE(make_directories(root_ / "apps/web"));
  std::ostringstream err;
  EXPECT_EQ(run_init({.directory = root_ / "apps/web"}, out_, err), 2);
  EXPECT_THAT(err.str(), HasSubstr("part of the workspace of " + root_.string()));
  EXPECT_EQ(run_init({.directory = root_ / "apps/web", .force = true}, out_, err), 0);
}

TEST_F(InitTest, AMissingFolderIsRefused) {
  EXPECT_EQ(run_init({.directory = root_ / "nowhere", .force = true}, out_, err_), 2);
  EXPECT_THAT(err_.str(), HasSubstr("is not a folder"));
}

TEST_F(InitTest, AManifestThatCannotBeReadIsShownAndNothingIsWritten) {
  write("package.json", "{");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("package.json:1:2: error[VC0201]"));
  EXPECT_FALSE(fs::exists(root_ / "velocity.yml"));
}

// Names and patterns come from files of others.
TEST_F(InitTest, NothingInOtherFilesCanBreakTheYaml) {
  write("turbo.json",
        R"({"tasks":{"build":{"outputs":["a\"b: [c\\x","d\ne"]},"x\n  y: z#w":{},"bad name":{}}})");
  write("package.json", R"({"scripts":{"build":"x"}})");
  EXPECT_EQ(init(), 2);
  EXPECT_THAT(err_.str(), HasSubstr("\"bad name\" cannot be the name of a task"));
  write("turbo.json", R"({"tasks":{"build":{"outputs":["a\"b: [c]","d\ne"]},"x\n  y: z#w":{}}})");
  const Config config = written();
  EXPECT_THAT(config.pipeline.at("build").outputs.patterns, ElementsAre("a\"b: [c]", "d\ne"));
  EXPECT_EQ(config.pipeline.size(), 1U);
}

}  // namespace
}  // namespace vc::agent
