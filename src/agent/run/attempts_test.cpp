// `retries` and `timeout`, and that expected durations decide what starts first.

#include "agent/executor.hpp"
#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string config_with(std::string_view lines) {
  return std::string(TestWorkspace::kConfig) + std::string(lines);
}

// Fails with status `n` at the n-th attempt until `good`, and leaves a file of its own each time.
struct Flaky {
  int good = 0;
  int attempts = 0;

  Result<ProcessExit> operator()(const ProcessSpec& spec,
                                 const Processes::OutputReceiver& receiver) {
    ++attempts;
    EXPECT_FALSE(fs::exists(spec.directory / "dist")) << "left by the attempt before";
    receiver(OutputStream::out, {}, "attempt " + std::to_string(attempts) + "\n");
    const std::string name = "dist/" + std::to_string(attempts);
    EXPECT_TRUE(write_file_atomically(spec.directory / name, "x"));
    return ProcessExit{.status = attempts == good ? 0 : attempts};
  }
};

struct AttemptsTest : testing::Test {
  FakeGateway gateway;

  static TestRun run(const TestWorkspace& workspace, Flaky& flaky, net::HttpClient& http) {
    FakeProcesses processes(std::ref(flaky));
    return workspace.run(processes, http, {.tasks = {"base#build"}});
  }
};

TEST_F(AttemptsTest, AFailedTaskIsTriedAgainFromCleanOutputs) {
  TestWorkspace workspace(config_with("    retries: 3\n"));
  Flaky flaky{.good = 3};
  const TestRun result = run(workspace, flaky, gateway);
  EXPECT_EQ(flaky.attempts, 3);
  EXPECT_EQ(result.count(TaskResult::succeeded), 1U);
  EXPECT_EQ(result.outcome.reports[0].attempts, 3U);
  EXPECT_THAT(result.progress->remarks,
              ElementsAre("base#build: 1st attempt failed: exit status 1",
                          "base#build: 2nd attempt failed: exit status 2"));
  EXPECT_TRUE(fs::exists(workspace.root() / "packages/base/dist/3"));

  // Stored with the log of the good attempt alone.
  const TestRun again = run(workspace, flaky, gateway);
  EXPECT_EQ(again.count(TaskResult::hit_local), 1U);
  EXPECT_EQ(again.progress->printed["base#build"], "attempt 3\n");
}

TEST_F(AttemptsTest, TheLastFailureIsTheOneThatIsReported) {
  TestWorkspace workspace(config_with("    retries: 1\n"));
  Flaky flaky;
  const TestRun result = run(workspace, flaky, gateway);
  EXPECT_EQ(flaky.attempts, 2);
  const TaskReport& report = result.outcome.reports[0];
  EXPECT_EQ(report.result, TaskResult::failed);
  EXPECT_EQ(report.exit_status, 2);
  EXPECT_EQ(report.attempts, 2U);
  EXPECT_THAT(report.log, HasSubstr("attempt 2"));
  EXPECT_THAT(report.log, Not(HasSubstr("attempt 1")));
}

TEST_F(AttemptsTest, WithoutRetriesThereIsOneAttempt) {
  TestWorkspace workspace;
  Flaky flaky;
  EXPECT_EQ(run(workspace, flaky, gateway).outcome.reports[0].attempts, 1U);
  EXPECT_EQ(flaky.attempts, 1);
}

TEST_F(AttemptsTest, ACommandThatDoesNotExistIsNotTriedAgain) {
  TestWorkspace workspace(config_with("    retries: 5\n"));
  int attempts = 0;
  FakeProcesses processes([&](const ProcessSpec&, const auto&) -> Result<ProcessExit> {
    ++attempts;
    return fail(Errc::not_found, "make: command not found");
  });
  const TestRun result = workspace.run(processes, gateway, {.tasks = {"base#build"}});
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(result.outcome.reports[0].exit_status, 127);
}

TEST_F(AttemptsTest, AnInterruptionEndsTheAttempts) {
  TestWorkspace workspace(config_with("    retries: 5\n"));
  Executor* executor = nullptr;
  workspace.with_executor = [&](Executor& made) { executor = &made; };
  int attempts = 0;
  FakeProcesses processes([&](const ProcessSpec&, const auto&) -> Result<ProcessExit> {
    ++attempts;
    executor->interrupt(SIGINT);
    return ProcessExit{.signal = SIGINT};
  });
  const TestRun result = workspace.run(processes, gateway, {.tasks = {"base#build"}});
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(result.count(TaskResult::interrupted), 1U);
  EXPECT_THAT(result.progress->remarks, IsEmpty());
}

TEST_F(AttemptsTest, AnIncrementalTaskBuildsOnWhatTheFailedAttemptLeftAndStaysHere) {
  TestWorkspace workspace(config_with("    retries: 1\n    incremental: true\n"));
  int attempts = 0;
  FakeProcesses processes([&](const ProcessSpec& spec, const auto&) -> Result<ProcessExit> {
    EXPECT_EQ(fs::exists(spec.directory / "dist"), attempts == 1);
    EXPECT_TRUE(write_file_atomically(spec.directory / "dist/state", "x"));
    return ProcessExit{.status = attempts++ == 0 ? 1 : 0};
  });
  const TestRun result = workspace.run(processes, gateway, {.tasks = {"base#build"}});
  EXPECT_EQ(result.count(TaskResult::succeeded), 1U);
  EXPECT_EQ(gateway.objects.size(), 0U) << "made from older outputs, and not for everybody";
}

// What an incremental task left over was in the results of those that use it, and these went to
// everybody.
TEST_F(AttemptsTest, WhatIsMadeOfAnIncrementalResultStaysHereToo) {
  TestWorkspace workspace(config_with("    incremental: true\n"));
  for (const char* name : {"left", "right", "top"}) {
    workspace.write(fmt::format("packages/{}/velocity.yml", name),
                    "pipeline:\n  build: {incremental: false}\n");
  }
  const auto build = [&] {
    FakeProcesses processes([](const ProcessSpec& spec, const auto&) -> Result<ProcessExit> {
      EXPECT_TRUE(write_file_atomically(spec.directory / "dist/made", "x"));
      return ProcessExit{};
    });
    const TestRun result = workspace.run(processes, gateway);
    EXPECT_EQ(result.usage_error, 0) << result.errors;
    return processes.started().size();
  };
  EXPECT_EQ(build(), 4U);
  EXPECT_EQ(gateway.objects.size(), 4U) << "from empty outputs: for everybody";
  workspace.write("packages/base/src/a.txt", "edited\n");
  EXPECT_EQ(build(), 4U);
  EXPECT_EQ(gateway.objects.size(), 4U);
  // Its own doing alone, on hits that are not for everybody.
  workspace.write("packages/top/src/a.txt", "edited\n");
  EXPECT_EQ(build(), 1U);
  EXPECT_EQ(gateway.objects.size(), 4U);
  // On hits that are.
  workspace.write("packages/base/src/a.txt", "base\n");
  EXPECT_EQ(build(), 1U);
  EXPECT_EQ(gateway.objects.size(), 5U);
}

TEST_F(AttemptsTest, ATimeoutIsPassedOnAndReported) {
  TestWorkspace workspace(config_with("    timeout: 30s\n    retries: 1\n"));
  FakeProcesses processes([&](const ProcessSpec& spec, const auto&) -> Result<ProcessExit> {
    EXPECT_EQ(spec.timeout, std::chrono::seconds(30));
    return ProcessExit{.signal = SIGTERM, .timed_out = true};
  });
  const TestRun result = workspace.run(processes, gateway, {.tasks = {"base#build"}});
  const TaskReport& report = result.outcome.reports[0];
  EXPECT_EQ(report.cause, FailureCause::timeout);
  EXPECT_EQ(report.why, "timed out after 30 s");
  EXPECT_EQ(report.exit_status, 124);
  EXPECT_THAT(result.progress->remarks,
              ElementsAre("base#build: 1st attempt failed: timed out after 30 s"));
}

// Three tasks that do not depend on each other, one at a time: the longest of the last run first.
TEST(ExpectedDurations, OfTheLastRunDecideWhatStartsFirst) {
  TestWorkspace workspace;
  for (const char* name : {"left", "right", "top"}) {
    workspace.add(name, "");
  }
  FakeGateway gateway;
  std::vector<std::string> order;
  FakeProcesses processes([&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    order.push_back(spec.directory.filename());
    return TestWorkspace::make(spec, receiver);
  });
  workspace.configure = [](RunContext& context) { context.options.concurrency = 1; };
  ASSERT_EQ(workspace.run(processes, gateway).count(TaskResult::succeeded), 4U);
  EXPECT_THAT(order, ElementsAre("base", "left", "right", "top")) << "nothing is known yet";

  const std::map<std::string, std::uint64_t> took{
      {"base", 10}, {"left", 400}, {"right", 20}, {"top", 3000}};
  workspace.configure = [&](RunContext& context) {
    for (TaskId task = 0; task < context.graph.tasks.size(); ++task) {
      const std::string& label = context.node(task).label;
      auto record = read_output_record(context.state_directory, label);
      ASSERT_TRUE(record);
      record->duration_ms = took.at(label.substr(0, label.find('#')));
      ASSERT_TRUE(write_output_record(context.state_directory, label, context.scopes.of(task),
                                      *std::move(record)));
    }
  };
  workspace.run(processes, gateway);
  for (const auto& [name, duration_ms] : took) {
    workspace.write("packages/" + name + "/src/a.txt", "edited\n");
  }
  workspace.configure = [](RunContext& context) { context.options.concurrency = 1; };
  order.clear();
  ASSERT_EQ(workspace.run(processes, gateway).count(TaskResult::succeeded), 4U);
  EXPECT_THAT(order, ElementsAre("top", "left", "right", "base"));
}

}  // namespace
}  // namespace vc::agent
