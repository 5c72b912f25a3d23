#include "agent/explain/step_summary.hpp"

#include "agent/explain/run_history.hpp"
#include "agent/explain/run_summary_file.hpp"
#include "agent/testing/test_workspace.hpp"
#include "wire/json_document.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

// A session whose run is made up: what is written of it does not depend on processes.
struct StepSummaryTest : ::testing::Test {
  TestWorkspace workspace;
  std::ostringstream out;
  std::ostringstream err;
  SystemClock clock;
  FakeGateway gateway;
  RecordingProgress progress;
  CommandContext context{.environment = workspace.environment,
                         .directory = workspace.root(),
                         .out = out,
                         .err = err,
                         .clock = clock,
                         .http = gateway,
                         .pause = [](auto, const std::stop_token&) { return true; }};
  std::unique_ptr<Session> session = Session::load({.tasks = {"build"}, .remote = TierAccess::none},
                                                   Purpose::look, context, progress)
                                         .value();
  std::vector<TaskReport> reports;
  Summary summary;
  std::vector<std::string> requested{"build"};

  StepSummaryTest() {
    const RunContext& run = session->run_context();
    for (TaskId task = 0; task < run.graph.tasks.size(); ++task) {
      reports.push_back({.label = run.node(task).label,
                         .key = run.key(task),
                         .result = TaskResult::succeeded,
                         .duration_ms = 100 * (task + 1)});
    }
    reports[0].result = TaskResult::failed;
    reports[0].label = "a|b`<img src=x>#[x](http://e) \n@all";
    reports[0].why = "exit status 3";
    summary = summarize(run.graph, reports);
  }

  FinishedRun finished() {
    return {.run = session->run_context(),
            .reports = reports,
            .summary = summary,
            .requested = requested,
            .remote = "remote cache: none",
            .exit_code = 1,
            .started = TimePoint(std::chrono::milliseconds(1'795'000'000'000))};
  }
};

TEST_F(StepSummaryTest, TellsFailuresFirstAndEscapesEveryName) {
  const std::string text = step_summary(finished());
  EXPECT_TRUE(text.contains("failed: exit status 3")) << text;
  EXPECT_LT(text.find("exit status 3"), text.find("executed |")) << text;
  for (const char* hostile : {"<img", "`", "](", "@all", "b|"}) {
    EXPECT_FALSE(text.contains(hostile)) << hostile;
  }
  EXPECT_EQ(std::ranges::count(text, '\n'), 11) << text;  // A row each, whatever is in a name.
}

TEST_F(StepSummaryTest, StaysBelowItsLimit) {
  reports.resize(4);
  for (std::size_t bytes_max : {0UL, 10UL, 300UL, 500UL, 600UL, 5000UL}) {
    EXPECT_LE(step_summary(finished(), bytes_max).size(), bytes_max);
  }
  // There is always room for the line that counts the others.
  const std::size_t whole = step_summary(finished()).size();
  EXPECT_TRUE(step_summary(finished(), whole).contains("more tasks"));
}

TEST_F(StepSummaryTest, IsAppendedOnlyWhereTheVariableIsSet) {
  ASSERT_TRUE(append_step_summary(finished()).has_value());
  const fs::path file = workspace.root() / "summary.md";
  workspace.write("summary.md", "before\n");
  workspace.environment.set("GITHUB_STEP_SUMMARY", file.string());
  ASSERT_TRUE(append_step_summary(finished()).has_value());
  EXPECT_EQ(workspace.read("summary.md"), "before\n" + step_summary(finished()));
}

TEST_F(StepSummaryTest, OfTheFileHasEveryTaskWithItsIngredients) {
  const auto file = write_run_summary(finished());
  ASSERT_TRUE(file.has_value()) << file.error().message;
  const std::string text = read_file(*file).value();
  const auto document = wire::JsonDocument::parse(text);
  ASSERT_TRUE(document.has_value()) << text;
  EXPECT_EQ(wire::optional_integer(document->root(), "version").value(), 1U);
  const auto tasks = document->root().find("tasks");
  ASSERT_TRUE(tasks.has_value());
  std::size_t count = 0;
  for (auto task = tasks->first(); task != tasks->end(); task = task.next()) {
    const auto ingredients = task.find("ingredients");
    ASSERT_TRUE(ingredients.has_value());
    EXPECT_FALSE(ingredients->first() == ingredients->end());
    ++count;
  }
  EXPECT_EQ(count, 4U);
}

TEST_F(StepSummaryTest, OfTheHistoryCountsEachTaskOnce) {
  const RecordedRun run = recorded(finished());
  EXPECT_EQ(run.failed.size(), 1U);
  EXPECT_EQ(run.executed.size(), 3U);
  EXPECT_TRUE(run.hits.empty());
  EXPECT_EQ(run.exit_code, 1);
}

}  // namespace
}  // namespace vc::agent
