// Workspaces of Cargo, Go, uv, Maven and Gradle as folders on disk.
#include "agent/task_graph.hpp"
#include "agent/workspace.hpp"
#include "core/temp_dir.hpp"

#include <fmt/format.h>
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
using testing::IsEmpty;

class NativeWorkspace : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text = "x") {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  std::expected<Workspace, Diagnostics> discover(std::string_view config_lines = "") {
    auto config =
        parse_config("version: 1\npipeline: {build: {command: make, depends_on: [^build]}}\n" +
                         std::string(config_lines),
                     root_ / "velocity.yml", {});
    EXPECT_TRUE(config) << (config ? "" : render(config.error()));
    config_ = *config;
    return discover_workspace(config_);
  }

  // "name(folder) -> used used", a line each.
  std::vector<std::string> packages(std::string_view config_lines = "") {
    const auto workspace = discover(config_lines);
    if (!workspace) {
      return {render(workspace.error())};
    }
    std::vector<std::string> lines;
    for (const Package& package : workspace->packages) {
      std::string line = package.name + "(" + package.directory + ")";
      for (const PackageId used : package.dependencies) {
        const bool circles = std::ranges::binary_search(package.circular, used);
        line += " " + workspace->packages[used].name + (circles ? "?" : "");
      }
      lines.push_back(line);
    }
    return lines;
  }

  std::string errors() {
    const auto workspace = discover();
    return workspace ? "" : render(workspace.error());
  }

  void crate(const std::string& folder, std::string_view more = "") {
    write(folder + "/Cargo.toml", fmt::format("[package]\nname = \"{}\"\nversion = \"1.0.0\"\n{}",
                                              folder.substr(folder.rfind('/') + 1), more));
  }

  void module(const std::string& folder, std::string_view more = "") {
    write(folder + "/go.mod", fmt::format("module example.com/{}\n{}", folder, more));
  }

  void project(const std::string& folder, std::string_view more = "") {
    write(folder + "/pyproject.toml",
          fmt::format("[project]\nname = \"{}\"\nversion = \"1\"\n{}", folder, more));
  }

  void pom(const std::string& folder, std::string_view more = "") {
    write((folder.empty() ? "" : folder + "/") + "pom.xml",
          fmt::format("<project><groupId>org.x</groupId><artifactId>{}</artifactId>{}</project>",
                      folder.empty() ? "all" : folder.substr(folder.rfind('/') + 1), more));
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
  Config config_;
};

TEST_F(NativeWorkspace, CargoMembersAndTheirPaths) {
  write("Cargo.toml", R"([workspace]
members = ["crates/*", "tool"]
exclude = ["crates/old"]
[workspace.dependencies]
core = { path = "crates/core" }
)");
  crate("crates/core");
  crate("crates/old");
  crate("crates/web",
        "[dependencies]\ncore.workspace = true\nrenamed = {path = \"../../tool\", "
        "package = \"tool\"}\nserde = \"1\"\n");
  crate("tool",
        "[dependencies]\noutside = {path = \"../../away\"}\nby-path = {path = "
        "\"../hidden/by-path\"}\n");
  crate("hidden/by-path");
  write("crates/README.md");
  write("crates/docs/README.md");
  EXPECT_THAT(packages(), ElementsAre("core(crates/core)", "web(crates/web) core tool",
                                      "by-path(hidden/by-path)", "tool(tool) by-path"));
}

TEST_F(NativeWorkspace, ARootCrateIsAPackageAndItsPathsAreMembers) {
  write("Cargo.toml",
        "[package]\nname = \"app\"\n[dependencies]\nlib = {path = \"lib\"}\n[workspace]\n");
  crate("lib");
  EXPECT_THAT(packages(), ElementsAre("app() lib", "lib(lib)"));
}

TEST_F(NativeWorkspace, ACargoProjectWithoutAWorkspaceIsTheRootAlone) {
  write("Cargo.toml", "[package]\nname = \"app\"\n");
  write("Cargo.lock");
  const auto workspace = discover();
  ASSERT_TRUE(workspace);
  ASSERT_EQ(workspace->packages.size(), 1U);
  EXPECT_EQ(workspace->packages[0].name, ".");
  EXPECT_THAT(workspace->packages[0].native_manifests, ElementsAre("Cargo.toml"));
  EXPECT_THAT(workspace->shared_files, IsEmpty()) << "its inputs have them";
}

TEST_F(NativeWorkspace, DevDependenciesMayCloseACircle) {
  write("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n");
  crate("base", "[dev-dependencies]\nmacros = {path = \"../macros\"}\n");
  crate("macros", "[dependencies]\nbase = {path = \"../base\"}\n");
  crate("user", "[dev-dependencies]\nbase = {path = \"../base\"}\n");
  EXPECT_THAT(packages(),
              ElementsAre("base(base) macros?", "macros(macros) base", "user(user) base"));
}

// What the circle leaves out of the order of tasks still counts, as files.
TEST_F(NativeWorkspace, ATaskOfACircleWaitsForTheSourcesOfWhatLeadsBackToIt) {
  write("Cargo.toml", "[workspace]\nmembers = [\"*\"]\n");
  crate("base", "[dev-dependencies]\nmacros = {path = \"../macros\"}\n");
  crate("extra");
  crate("macros", "[dependencies]\nbase = {path = \"../base\"}\nextra = {path = \"../extra\"}\n");
  const auto workspace = discover();
  ASSERT_TRUE(workspace) << render(workspace.error());
  const auto graph = build_task_graph(config_, *workspace, {.tasks = {"build"}});
  ASSERT_TRUE(graph) << render(graph.error());
  std::vector<std::string> lines;
  for (const TaskNode& task : graph->tasks) {
    std::vector<std::string> used;
    for (const TaskId id : task.dependencies) {
      used.push_back(graph->tasks[id].label);
    }
    std::ranges::sort(used);
    lines.push_back(fmt::format("{}: {}", task.label, fmt::join(used, " ")));
  }
  std::ranges::sort(lines);
  EXPECT_THAT(lines, ElementsAre("base#build: extra#(sources) macros#(sources)",
                                 "extra#(sources): ", "extra#build: ", "macros#(sources): ",
                                 "macros#build: base#build extra#build"));
}

TEST_F(NativeWorkspace, AMemberThatIsNotThereIsAnErrorAtItsPlace) {
  write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\",\n  \"tool\"]\n");
  EXPECT_THAT(errors(),
              HasSubstr("Cargo.toml:3:3: error[VC0203]: member \"tool\" has no Cargo.toml"));
  EXPECT_THAT(errors(), HasSubstr("\"tool\"]"));
  write("Cargo.toml", "[workspace]\nmembers = [\"../outside\"]\n");
  EXPECT_THAT(errors(), HasSubstr("Cargo.toml:2:12: error"));
  write("Cargo.toml", "[workspace]\nmembers = [\"/etc\"]\n");
  EXPECT_THAT(errors(), HasSubstr("Cargo.toml:2:12: error"));
}

TEST_F(NativeWorkspace, GoModulesOfAWorkspaceUseEachOtherWhateverTheVersion) {
  write("go.work",
        "go 1.22\nuse ./app\nuse (\n\t./lib\n\t./other\n)\nreplace example.com/x => ./lib\n");
  write("go.work.sum");
  module("app", "require example.com/lib v1.0.0\nrequire example.com/away v1.0.0\n");
  module("lib");
  write("lib/go.sum");
  module("other", "require example.com/x v1.0.0\n");
  module("unused");
  EXPECT_THAT(packages(),
              ElementsAre("example.com/app(app) example.com/lib", "example.com/lib(lib)",
                          "example.com/other(other) example.com/lib"));
  const auto workspace = discover();
  ASSERT_EQ(workspace->shared_files.size(), 3U);
  EXPECT_THAT(workspace->shared_files[2].paths,
              ElementsAre("app/go.mod", "lib/go.mod", "lib/go.sum", "other/go.mod"));
}

TEST_F(NativeWorkspace, GoModulesMayRequireEachOther) {
  write("go.work", "use (\n\t./a\n\t./b\n)\n");
  module("a", "require example.com/b v1.0.0\n");
  module("b", "require example.com/a v1.0.0\n");
  EXPECT_THAT(packages(),
              ElementsAre("example.com/a(a) example.com/b?", "example.com/b(b) example.com/a?"));
}

TEST_F(NativeWorkspace, AGoFolderOutsideIsAWarningAndAMissingOneAnError) {
  write("go.work", "use ../outside\nuse ./a\n");
  module("a");
  const auto workspace = discover();
  ASSERT_TRUE(workspace) << render(workspace.error());
  ASSERT_EQ(workspace->warnings.size(), 1U);
  EXPECT_THAT(render(workspace->warnings), HasSubstr("go.work:1:5: warning"));
  write("go.work", "use ./b\n");
  EXPECT_THAT(errors(), HasSubstr("go.work:1:5: error[VC0203]"));
}

TEST_F(NativeWorkspace, UvMembersUseEachOtherByNormalisedName) {
  write("pyproject.toml", R"([project]
name = "all"
[tool.uv.workspace]
members = ["packages/*"]
exclude = ["packages/old"]
[tool.uv.sources]
my-lib = { workspace = true }
)");
  write("uv.lock");
  project("packages/old");
  write("packages/lib/pyproject.toml", "[project]\nname = \"My.Lib\"\n");
  write("packages/web/pyproject.toml",
        "[project]\nname = \"web\"\ndependencies = [\"my_lib>=1\", \"requests\"]\n");
  write("packages/apart/pyproject.toml",
        "[project]\nname = \"apart\"\ndependencies = [\"web\"]\n[tool.uv.sources]\nweb = {git = "
        "\"https://example.com/web\"}\n");
  EXPECT_THAT(packages(), ElementsAre("all()", "apart(packages/apart)", "My.Lib(packages/lib)",
                                      "web(packages/web) My.Lib"));
}

TEST_F(NativeWorkspace, MavenModulesUseEachOtherAlsoByWhatTheyInherit) {
  pom("",
      "<packaging>pom</packaging><modules><module>base</module><module>apps</module></modules>");
  pom("base");
  pom("apps",
      "<packaging>pom</packaging><parent><groupId>org.x</groupId><artifactId>all</artifactId>"
      "</parent><modules><module>web</module></modules><dependencies><dependency><groupId>"
      "${project.groupId}</groupId><artifactId>base</artifactId></dependency></dependencies>");
  pom("apps/web", "<parent><groupId>org.x</groupId><artifactId>apps</artifactId></parent>");
  EXPECT_THAT(packages(), ElementsAre("web(apps/web) base", "base(base)"));
  const auto workspace = discover();
  ASSERT_EQ(workspace->shared_files.size(), 1U);
  EXPECT_THAT(workspace->shared_files[0].paths, ElementsAre("apps/pom.xml", "pom.xml"));
}

TEST_F(NativeWorkspace, MavenModulesInACircleOfPomsEnd) {
  pom("", "<packaging>pom</packaging><modules><module>a</module></modules>");
  pom("a", "<modules><module>..</module></modules>");
  EXPECT_THAT(packages(), ElementsAre(HasSubstr("(")));
}

TEST_F(NativeWorkspace, GradleProjectsUseEachOther) {
  write("settings.gradle.kts",
        "include(\":app\", \":lib:core\")\nproject(\":app\").projectDir = "
        "file(\"apps/main\")\n");
  write("gradle.properties");
  write("apps/main/build.gradle.kts", "dependencies { implementation(project(\":lib:core\")) }\n");
  write("lib/core/build.gradle", "dependencies {\n  testImplementation project(':app')\n}\n");
  EXPECT_THAT(packages(), ElementsAre("app(apps/main) lib:core", "lib:core(lib/core) app?"));
}

TEST_F(NativeWorkspace, AGradleBuildThatComputesItsProjectsIsAWarning) {
  write("settings.gradle",
        "include 'a'\nrootDir.eachDir { include it.name }\ninclude '..:..:up'\n");
  write("a/build.gradle");
  const auto workspace = discover();
  ASSERT_TRUE(workspace) << render(workspace.error());
  EXPECT_EQ(workspace->packages.size(), 1U);
  EXPECT_THAT(render(workspace->warnings), HasSubstr("VC0208"));
}

// Two manifests make one package with the edges of both.
TEST_F(NativeWorkspace, AFolderWithTwoManifestsIsOnePackage) {
  write("package.json", R"({"workspaces": ["packages/*"], "scripts": {"build": "all"}})");
  write("packages/ui/package.json", R"({"name": "ui"})");
  write("packages/wasm/package.json", R"({"name": "wasm", "dependencies": {"ui": "*"}})");
  crate("packages/wasm", "[dependencies]\nengine = {path = \"../../crates/engine\"}\n");
  crate("crates/engine");
  write("Cargo.toml", "[workspace]\nmembers = [\"packages/wasm\", \"crates/*\"]\n");
  EXPECT_THAT(packages(), ElementsAre("engine(crates/engine)", "ui(packages/ui)",
                                      "wasm(packages/wasm) engine ui"));
}

TEST_F(NativeWorkspace, ARootThatNobodyListsIsNoPackageBesideOthers) {
  write("package.json", R"({"name": "repo", "workspaces": ["packages/*"]})");
  write("go.mod", "module example.com/root\n");
  write("go.work", "use ./a\n");
  module("a");
  EXPECT_THAT(packages(), ElementsAre("example.com/a(a)"));
}

// A root that is a crate does not take the scripts of package.json with it: they start the build.
TEST_F(NativeWorkspace, ANativeRootHasNoScripts) {
  write("package.json", R"({"name": "repo", "workspaces": ["a"], "scripts": {"build": "all"}})");
  write("a/package.json", R"({"name": "a"})");
  write("Cargo.toml", "[package]\nname = \"app\"\n[workspace]\n");
  const auto workspace = discover();
  ASSERT_TRUE(workspace) << render(workspace.error());
  ASSERT_EQ(workspace->packages.size(), 2U);
  EXPECT_EQ(workspace->packages[0].name, "app");
  EXPECT_THAT(workspace->packages[0].scripts, IsEmpty());
}

TEST_F(NativeWorkspace, PackagesThatAreListedReplaceWhatIsFoundAndKeepTheirEdges) {
  write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"gone\"]\n");
  crate("crates/a", "[dependencies]\nb = {path = \"../b\"}\n");
  crate("crates/b");
  crate("crates/c");
  EXPECT_THAT(packages("packages: [\"crates/a\", \"crates/b\"]\n"),
              ElementsAre("a(crates/a) b", "b(crates/b)"));
}

TEST_F(NativeWorkspace, TwoPackagesOfOneNameAreAnErrorThatNamesBothFiles) {
  write("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n");
  crate("crates/core");
  write("go.work", "use ./go\n");
  write("go/go.mod", "module core\n");
  EXPECT_THAT(errors(),
              HasSubstr("two packages are called \"core\": crates/core/Cargo.toml and go/go.mod"));
  write("go/velocity.yml", "name: go-core\n");
  EXPECT_THAT(packages(), ElementsAre("core(crates/core)", "go-core(go)"));
}

TEST_F(NativeWorkspace, AManifestThatCannotBeReadIsAnErrorAtItsPlace) {
  write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
  write("a/Cargo.toml", "[package]\nname = \"a\"\nname = \"b\"\n");
  EXPECT_THAT(errors(), HasSubstr("a/Cargo.toml:3:"));
}

}  // namespace
}  // namespace vc::agent
