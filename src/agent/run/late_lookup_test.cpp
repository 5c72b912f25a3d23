#include "agent/run/late_lookup.hpp"

#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kBatch = "POST /v1/negotiate/batch";

struct LateLookupTest : ::testing::Test {
  LateLookupTest() {
    // Somebody else's run: its results are put into the store while ours executes `base`.
    FakeProcesses processes(TestWorkspace::make);
    const TestRun theirs = workspace.run(processes, gateway);
    stored = gateway.objects;
    gateway.objects.clear();
    for (const TaskReport& report : theirs.outcome.reports) {
      keys[report.label] = report.key;
    }
    workspace.remove(".velocity");
    workspace.remove_outputs();
    gateway.counts.clear();
    workspace.with_options = [](RunOptions& options) {
      options.late_lookup.answer_at_least = std::chrono::milliseconds(0);
    };
  }

  TestRun run(const SelectionArguments& arguments = {.tasks = {"build"}}) {
    FakeProcesses processes(
        [this](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
          if (spec.directory.filename() == "base") {
            const std::scoped_lock lock(gateway.mutex);
            gateway.objects = stored;
          }
          return TestWorkspace::make(spec, receiver);
        });
    TestRun result = workspace.run(processes, gateway, arguments);
    started = processes.started();
    return result;
  }

  TestWorkspace workspace;
  FakeGateway gateway;
  std::map<std::string, FakeGateway::Object> stored;
  std::map<std::string, Digest> keys;
  std::vector<std::string> started;
};

TEST_F(LateLookupTest, TakesWhatWasStoredSinceTheRunBegan) {
  const TestRun result = run();
  EXPECT_THAT(started, ElementsAre("base"));
  EXPECT_EQ(result.count(TaskResult::hit_remote), 3U);
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
  EXPECT_THAT(result.progress->notices, IsEmpty());
}

TEST_F(LateLookupTest, CostsAtMostOneQuestionATaskThatExecutes) {
  stored.clear();
  const TestRun result = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_GE(gateway.count(kBatch), 1 + 3) << "base, then left and right, then top";
  EXPECT_LE(gateway.count(kBatch), 1 + 4);
  EXPECT_EQ(gateway.count("GET store"), 0);
}

TEST_F(LateLookupTest, AsksNotWhileTheFirstAnswerIsFresh) {
  workspace.with_options = {};
  run();
  EXPECT_EQ(gateway.count(kBatch), 1);
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
}

TEST_F(LateLookupTest, AsksNotForATaskThatIsKnownToBeShort) {
  run();  // Every task took a moment, and the next run knows it.
  for (const char* name : {"base", "left", "right", "top"}) {
    workspace.write(fmt::format("packages/{}/src/a.txt", name), "edited\n");
  }
  workspace.with_options = [](RunOptions& options) {
    options.late_lookup = {.task_at_least = std::chrono::hours(1),
                           .answer_at_least = std::chrono::milliseconds(0)};
  };
  FakeProcesses slow([](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // More than the 0 of "unknown".
    return TestWorkspace::make(spec, receiver);
  });
  workspace.run(slow, gateway);
  gateway.counts.clear();
  gateway.objects.clear();
  workspace.write("packages/base/src/a.txt", "edited again\n");
  run();
  EXPECT_EQ(gateway.count(kBatch), 1);
}

TEST_F(LateLookupTest, AsksNotWhenItMayNotRead) {
  stored.clear();  // An upload that is not wanted would ask what is stored, to compare.
  run({.tasks = {"build"}, .reuse = Reuse::forbidden});
  EXPECT_EQ(gateway.count(kBatch), 0) << "--force";
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  workspace.remove(".velocity");
  workspace.remove_outputs();
  gateway.counts.clear();
  run({.tasks = {"build"}, .remote = TierAccess::write});
  EXPECT_EQ(gateway.count(kBatch), 0) << "--cache=remote:w";
}

// A stored result that is no good, found late, costs one warning and not the build.
TEST_F(LateLookupTest, ADamagedResultIsAMissWithOneWarning) {
  std::string& body = stored.at(keys.at("top#build").hex()).body;
  body.back() = static_cast<char>(body.back() ^ 1);
  const TestRun result = run();
  EXPECT_THAT(started, ElementsAre("base", "top"));
  EXPECT_EQ(result.progress->notices.size(), 1U);
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
}

}  // namespace
}  // namespace vc::agent
