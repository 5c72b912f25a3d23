#include "agent/task_graph.hpp"

#include "agent/testing/workspace_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Scripts = std::map<std::string, std::string>;

const Scripts kBuild{{"build", "tsc"}};

constexpr std::string_view kBuildPipeline =
    "  build: {command: npm run build, depends_on: [^build]}\n"
    "  test: {command: npm run test, depends_on: [build]}\n";

std::expected<TaskGraph, Diagnostics> graph_of(const WorkspaceBuilder& built,
                                               const Selection& selection) {
  return build_task_graph(built.config, built.workspace, selection);
}

// "web#build <- ui#build core#build", in the order of the graph.
std::vector<std::string> lines_of(const WorkspaceBuilder& built, const Selection& selection) {
  const auto graph = graph_of(built, selection);
  if (!graph) {
    return {render(graph.error())};
  }
  std::vector<std::string> lines;
  for (const TaskNode& task : graph->tasks) {
    std::string line = task.label + (task.has_command ? "" : " (none)");
    std::vector<std::string> labels;
    for (const TaskId dependency : task.dependencies) {
      EXPECT_LT(dependency, lines.size()) << "dependencies come first";
      labels.push_back(graph->tasks[dependency].label);
    }
    std::ranges::sort(labels);
    for (const std::string& label : labels) {
      line += (&label == labels.data() ? " <- " : " ") + label;
    }
    lines.push_back(line);
  }
  return lines;
}

std::string errors_of(const WorkspaceBuilder& built, const Selection& selection) {
  const auto graph = graph_of(built, selection);
  return graph ? "" : render(graph.error());
}

// F5
TEST(TaskGraph, TopologicalDependenciesAreTheTaskInEachDirectDependency) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("core", {}, kBuild).package("ui", {"core"}, kBuild);
  built.package("web", {"core", "ui"}, {{"build", "x"}, {"test", "y"}});
  EXPECT_THAT(
      lines_of(built, {.tasks = {"build"}}),
      ElementsAre("core#build", "ui#build <- core#build", "web#build <- core#build ui#build"));
  EXPECT_THAT(lines_of(built, {.tasks = {"test"}}),
              ElementsAre("core#build", "ui#build <- core#build",
                          "web#build <- core#build ui#build", "web#test <- web#build"));
}

TEST(TaskGraph, OnlyNamedTasksAreRequested) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("core", {}, kBuild).package("web", {"core"}, kBuild);
  const auto graph = graph_of(built, {.tasks = {"build"}, .packages = {"web"}});
  ASSERT_TRUE(graph);
  ASSERT_EQ(graph->tasks.size(), 2U);
  EXPECT_FALSE(graph->tasks[0].requested);
  EXPECT_TRUE(graph->tasks[1].requested);
}

TEST(TaskGraph, APackageHasATaskWhenItsManifestHasTheScript) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}, kBuild).package("b", {}, {{"test", "x"}}).package("c", {});
  EXPECT_THAT(lines_of(built, {.tasks = {"build"}}), ElementsAre("a#build"));
}

TEST(TaskGraph, ACommandThatIsNoScriptAppliesToEveryPackage) {
  WorkspaceBuilder built("  build: {command: make}\n");
  built.package("a", {}).package("b", {});
  EXPECT_THAT(lines_of(built, {.tasks = {"build"}}), ElementsAre("a#build", "b#build"));
}

TEST(TaskGraph, APackagesOwnDefinitionGivesItTheTask) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}).own_config("pipeline:\n  build: {command: make, outputs: [out]}\n");
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_TRUE(graph) << render(graph.error());
  const TaskDefinition& task = graph->tasks.at(0).definition;
  EXPECT_EQ(task.command, "make");
  EXPECT_THAT(task.outputs.patterns, ElementsAre("out"));
  EXPECT_EQ(task.depends_on.size(), 1U);  // The root's, which the package does not give.
  EXPECT_THAT(graph->tasks[0].script_text, IsEmpty());
}

TEST(TaskGraph, AnOverrideWithoutACommandDoesNotGiveThePackageTheScript) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}, kBuild).own_config("pipeline:\n  build: {cache: false, inputs: [x]}\n");
  built.package("b", {}).own_config("pipeline:\n  build: {cache: false}\n");
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_TRUE(graph) << render(graph.error());
  ASSERT_EQ(graph->tasks.size(), 1U);
  EXPECT_FALSE(graph->tasks[0].definition.cache);
  EXPECT_EQ(graph->tasks[0].definition.command, "npm run build");
  EXPECT_THAT(graph->tasks[0].definition.inputs->patterns, ElementsAre("x"));
}

TEST(TaskGraph, ATaskOfOnePackageAloneNeedsACommand) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}).own_config("pipeline:\n  buidl: {cache: false}\n");
  const std::string text = errors_of(built, {.tasks = {"build"}});
  EXPECT_THAT(text, HasSubstr("packages/a/velocity.yml:2:3: error[VC0308]"));
  EXPECT_THAT(text, HasSubstr("did you mean \"build\"?"));
}

TEST(TaskGraph, ScriptTextHasPreMainAndPost) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}, {{"prebuild", "clean"}, {"build", "tsc"}, {"prepare", "no"}});
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_TRUE(graph);
  EXPECT_THAT(graph->tasks[0].script_text, ElementsAre("clean", "tsc", ""));
}

// A library of sources only must still invalidate its users, however far away.
TEST(TaskGraph, ADependencyWithoutTheTaskIsANodeWithoutACommand) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("deep", {}, kBuild).package("sources", {"deep"}).package("more", {"sources"});
  built.package("web", {"more"}, kBuild);
  EXPECT_THAT(lines_of(built, {.tasks = {"build"}, .packages = {"web"}}),
              ElementsAre("deep#build", "sources#build (none) <- deep#build",
                          "more#build (none) <- sources#build", "web#build <- more#build"));
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_TRUE(graph);
  for (const TaskNode& task : graph->tasks) {
    if (!task.has_command) {
      EXPECT_FALSE(task.requested);
      EXPECT_FALSE(task.definition.inputs);
      EXPECT_EQ(task.definition.command, "");
      EXPECT_THAT(task.script_text, IsEmpty());
    }
  }
}

TEST(TaskGraph, ATaskThePackageLacksStillOrdersWhatIsBeforeIt) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("core", {}, kBuild).package("web", {"core"}, {{"test", "x"}});
  EXPECT_THAT(lines_of(built, {.tasks = {"test"}}),
              ElementsAre("core#build", "web#test <- core#build"));
}

TEST(TaskGraph, TasksThatPassThroughEachOtherEnd) {
  WorkspaceBuilder built(
      "  a: {command: npm run a, depends_on: [b]}\n"
      "  b: {command: npm run b, depends_on: [a]}\n"
      "  c: {command: npm run c, depends_on: [a, b]}\n");
  built.package("p", {}, {{"c", "x"}});
  EXPECT_THAT(lines_of(built, {.tasks = {"c"}}), ElementsAre("p#c"));
}

TEST(TaskGraph, APackageCanBeNamedExactly) {
  WorkspaceBuilder built(
      "  build: {command: make}\n  gen: {command: make gen}\n"
      "  test: {command: make test, depends_on: [b#gen]}\n");
  built.package("a", {}).package("b", {});
  EXPECT_THAT(lines_of(built, {.tasks = {"test"}, .packages = {"a"}}),
              ElementsAre("b#gen", "a#test <- b#gen"));
  EXPECT_THAT(lines_of(built, {.tasks = {"a#build", "packages/b#gen"}}),
              ElementsAre("a#build", "b#gen"));
}

TEST(TaskGraph, ARootDefinitionThatNamesOnePackageSkipsItThere) {
  WorkspaceBuilder built("  build: {command: make, depends_on: [gen#build]}\n");
  built.package("a", {}).package("gen", {});
  EXPECT_THAT(lines_of(built, {.tasks = {"build"}}),
              ElementsAre("gen#build", "a#build <- gen#build"));
}

// B19: a diamond's tasks are shared; 20 layers of two packages have 2^20 paths and 42 tasks.
TEST(TaskGraph, EachTaskOccursOnceInADeepDiamond) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("l0", {}, kBuild).package("r0", {}, kBuild);
  for (int layer = 1; layer <= 20; ++layer) {
    const std::string left = "l" + std::to_string(layer - 1);
    const std::string right = "r" + std::to_string(layer - 1);
    built.package("l" + std::to_string(layer), {left, right}, kBuild);
    built.package("r" + std::to_string(layer), {left, right}, kBuild);
  }
  const auto graph = graph_of(built, {.tasks = {"build"}, .packages = {"l20"}});
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->tasks.size(), 41U);
  std::vector<std::string> labels;
  std::size_t edges = 0;
  for (const TaskNode& task : graph->tasks) {
    labels.push_back(task.label);
    edges += task.dependencies.size();
  }
  std::ranges::sort(labels);
  EXPECT_EQ(std::ranges::adjacent_find(labels), labels.end());
  EXPECT_EQ(edges, 78U);
}

// The same diamond, of packages that have nothing to run.
TEST(TaskGraph, ADeepDiamondWithoutCommandsIsSharedToo) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("l0", {}).package("r0", {});
  for (int layer = 1; layer <= 20; ++layer) {
    const std::string left = "l" + std::to_string(layer - 1);
    const std::string right = "r" + std::to_string(layer - 1);
    built.package("l" + std::to_string(layer), {left, right});
    built.package("r" + std::to_string(layer), {left, right});
  }
  built.package("top", {"l20", "r20"}, kBuild);
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->tasks.size(), 43U);
}

TEST(TaskGraph, ALongChainNeedsNoDeepStack) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("p0", {}, kBuild);
  constexpr int kLength = 9'000;
  built.workspace.packages.reserve(kLength);
  for (PackageId id = 1; id < kLength; ++id) {
    built.package("p" + std::to_string(id), {}, kBuild);
    built.workspace.packages.back().dependencies = {id - 1};
  }
  const auto graph =
      graph_of(built, {.tasks = {"build"}, .packages = {"p" + std::to_string(kLength - 1)}});
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->tasks.size(), static_cast<std::size_t>(kLength));
  EXPECT_EQ(graph->tasks.back().label, "p8999#build");
}

TEST(TaskGraph, ACycleIsPrintedAsAPath) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}, kBuild).package("b", {"a"}, kBuild);
  built.workspace.packages[0].dependencies = {1};
  EXPECT_EQ(errors_of(built, {.tasks = {"build"}}),
            "velocity: error[VC0304]: tasks wait for each other: a#build -> b#build -> a#build\n"
            "help: remove one of these from depends_on; \"a\" uses \"b\" according to "
            "packages/a/package.json\n");
}

TEST(TaskGraph, ACycleWithinOnePackageIsPrintedAsAPath) {
  WorkspaceBuilder built(
      "  a: {command: x, depends_on: [b]}\n  b: {command: x, depends_on: [c]}\n"
      "  c: {command: x, depends_on: [b]}\n  d: {command: x, depends_on: [d]}\n");
  built.package("p", {});
  EXPECT_THAT(errors_of(built, {.tasks = {"a"}}), HasSubstr("other: p#b -> p#c -> p#b\n"));
  EXPECT_THAT(errors_of(built, {.tasks = {"d"}}), HasSubstr("other: p#d -> p#d\n"));
}

TEST(TaskGraph, PackagesInACircleAreFineWhereTheirTasksAreNot) {
  WorkspaceBuilder built(
      "  build: {command: npm run build, depends_on: [^gen]}\n  gen: {command: npm run gen}\n");
  built.package("a", {}, {{"build", "x"}, {"gen", "x"}});
  built.package("b", {"a"}, {{"build", "x"}, {"gen", "x"}});
  built.workspace.packages[0].dependencies = {1};
  EXPECT_THAT(lines_of(built, {.tasks = {"a#build", "b#build"}}),
              ElementsAre("b#gen", "a#build <- b#gen", "a#gen", "b#build <- a#gen"));
}

TEST(TaskGraph, UnknownNamesGetSuggestions) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("web", {}, kBuild).package("@acme/ui", {}, kBuild);
  EXPECT_EQ(
      errors_of(built, {.tasks = {"biuld"}}),
      "velocity: error[VC0301]: no task is called \"biuld\"\nhelp: did you mean \"build\"?\n");
  EXPECT_THAT(errors_of(built, {.tasks = {"deploy"}}), HasSubstr("known tasks: build, test"));
  EXPECT_THAT(errors_of(built, {.tasks = {"build"}, .packages = {"wbe"}}),
              HasSubstr("no package is called \"wbe\"\nhelp: did you mean \"web\"?"));
  EXPECT_THAT(errors_of(built, {.tasks = {"build"}, .packages = {"ui"}}),
              HasSubstr("did you mean \"@acme/ui\"?"));
  EXPECT_THAT(errors_of(built, {.tasks = {"wbe#build"}}), HasSubstr("did you mean \"web\"?"));
  EXPECT_THAT(errors_of(built, {.tasks = {"web#biuld"}}), HasSubstr("did you mean \"build\"?"));
  EXPECT_THAT(errors_of(built, {}), HasSubstr("no task is named"));
}

TEST(TaskGraph, ATaskThatNoSelectedPackageHasIsAnError) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("web", {}, kBuild).package("docs", {});
  EXPECT_THAT(errors_of(built, {.tasks = {"build"}, .packages = {"docs"}}),
              HasSubstr("no selected package has the task \"build\"\n"
                        "help: packages that have it: web"));
  EXPECT_THAT(errors_of(built, {.tasks = {"test"}}),
              HasSubstr("no package has the task \"test\"\nhelp: no package.json of a package has "
                        "the script \"test\""));
  EXPECT_THAT(errors_of(built, {.tasks = {"docs#build"}}),
              HasSubstr("package \"docs\" has no task \"build\""));
}

TEST(TaskGraph, PackagesAreSelectedByNameOrFolder) {
  WorkspaceBuilder built("  build: {command: make}\n");
  built.package("a", {}).package("b", {}).package("c", {});
  EXPECT_THAT(lines_of(built, {.tasks = {"build"}, .packages = {"a", "./packages/b/"}}),
              ElementsAre("a#build", "b#build"));
}

TEST(TaskGraph, DependenciesThatNameNothingAreErrorsWhereTheyStand) {
  WorkspaceBuilder built(
      "  build: {command: npm run build}\n"
      "  other: {command: make, depends_on: [biuld, ^tset, wbe#build, docs#build, "
      "\"//#build\"]}\n");
  built.package("web", {}, kBuild).package("docs", {});
  // Also when the run does not need `other`.
  const auto graph = graph_of(built, {.tasks = {"build"}});
  ASSERT_FALSE(graph);
  ASSERT_EQ(graph.error().size(), 5U);
  const std::string text = render(graph.error());
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:39: error[VC0301]: no task is called \"biuld\""));
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:46: error[VC0301]: no task is called \"tset\""));
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:53: error[VC0302]: no package is called \"wbe\""));
  EXPECT_THAT(text, HasSubstr("velocity.yml:4:64: error[VC0301]: package \"docs\" has no task"));
  EXPECT_THAT(text, HasSubstr("the root package is called \".\""));
}

TEST(TaskGraph, TheSameGraphHasTheSameOrderEveryTime) {
  WorkspaceBuilder built(kBuildPipeline);
  built.package("a", {}, kBuild).package("b", {"a"}, kBuild).package("c", {"a"}, kBuild);
  const auto first = lines_of(built, {.tasks = {"build"}});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(lines_of(built, {.tasks = {"build"}}), first);
  }
}

// "web#build: core#build", of each task those whose outputs count.
std::vector<std::string> outputs_counted(const WorkspaceBuilder& built,
                                         const Selection& selection) {
  const auto graph = graph_of(built, selection);
  if (!graph) {
    return {render(graph.error())};
  }
  std::vector<std::string> lines;
  for (const TaskNode& task : graph->tasks) {
    for (const TaskId dependency : task.on_outputs) {
      EXPECT_TRUE(graph->tasks[dependency].outputs_count);
      EXPECT_TRUE(task.counts_outputs_of(dependency));
      lines.push_back(task.label + ": " + graph->tasks[dependency].label);
    }
  }
  return lines;
}

constexpr std::string_view kCutOffPipeline =
    "  build: {command: npm run build, outputs: [dist/**],\n"
    "          depends_on: [{task: ^build, on: outputs}]}\n"
    "  lint: {command: npm run lint, depends_on: [^build, {task: ^build, on: outputs}]}\n"
    "  check: {command: npm run check, depends_on: [{task: lint, on: outputs}]}\n";

TEST(TaskGraph, AnEdgeOnOutputsIsMarked) {
  WorkspaceBuilder built(kCutOffPipeline);
  built.package("core", {}, kBuild).package("ui", {"core"}, kBuild).package("web", {"ui"}, kBuild);
  EXPECT_THAT(outputs_counted(built, {.tasks = {"build"}}),
              ElementsAre("ui#build: core#build", "web#build: ui#build"));
}

TEST(TaskGraph, AnEdgeThatIsAlsoOnInputsIsOnInputs) {
  WorkspaceBuilder built(kCutOffPipeline);
  built.package("core", {}, kBuild).package("web", {"core"}, {{"lint", "x"}});
  EXPECT_THAT(outputs_counted(built, {.tasks = {"lint"}}), IsEmpty());
}

TEST(TaskGraph, ADependencyWithoutDeclaredOutputsCountsWithItsKey) {
  WorkspaceBuilder built(kCutOffPipeline);
  built.package("core", {}, {{"lint", "x"}, {"check", "y"}});
  EXPECT_THAT(outputs_counted(built, {.tasks = {"check"}}), IsEmpty());
}

TEST(TaskGraph, ALibraryOfSourcesCountsWithItsKeyAndCutsOffWhatIsBehindIt) {
  WorkspaceBuilder built(kCutOffPipeline);
  built.package("core", {}, kBuild)
      .package("sources", {"core"})
      .package("web", {"sources"}, kBuild);
  EXPECT_THAT(outputs_counted(built, {.tasks = {"build"}}),
              ElementsAre("sources#build: core#build"));
}

}  // namespace
}  // namespace vc::agent
