// Many packages whose keys become known while others run: for ThreadSanitizer above all.
#include "agent/run/testing/cut_off.hpp"
#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

constexpr int kLayers = 15;
constexpr int kWidth = 20;
constexpr std::size_t kAll = std::size_t{kLayers} * kWidth;

std::string name_of(int layer, int column) {
  return fmt::format("p{}-{}", layer, (column + kWidth) % kWidth);
}

struct CutOffScaleTest : testing::Test {
  CutOffScaleTest() : workspace(kCutOffConfig) {
    workspace.configure = [](RunContext& context) { context.options.concurrency = 16; };
    for (int layer = 0; layer < kLayers; ++layer) {
      for (int column = 0; column < kWidth; ++column) {
        std::string uses;
        for (int shift = -1; layer > 0 && shift <= 1; ++shift) {
          uses += fmt::format(R"({}"{}": "*")", uses.empty() ? "" : ", ",
                              name_of(layer - 1, column + shift));
        }
        workspace.add(name_of(layer, column), uses);
      }
    }
    for (const char* other : {"base", "left", "right", "top"}) {
      workspace.remove(std::string("packages/") + other);
    }
  }

  TestRun run() {
    FakeProcesses processes(make_first_line);
    TestRun result = workspace.run(processes, gateway);
    EXPECT_EQ(result.usage_error, 0) << result.errors;
    EXPECT_THAT(result.progress->notices, testing::IsEmpty());
    started = processes.started();
    return result;
  }

  void edit(int column, std::string_view text) const {
    workspace.write(fmt::format("packages/{}/src/a.txt", name_of(0, column)), text);
  }

  TestWorkspace workspace;
  FakeGateway gateway;
  std::vector<std::string> started;
};

TEST_F(CutOffScaleTest, EachTaskRunsOnceAndEachWaveIsOneQuestion) {
  EXPECT_EQ(run().count(TaskResult::succeeded), kAll);
  EXPECT_EQ(started.size(), kAll);

  workspace.remove(".velocity");
  gateway.counts.clear();
  EXPECT_EQ(run().count(TaskResult::hit_remote), kAll);
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), kLayers);

  for (const int column : {0, 5, 10}) {
    edit(column, fmt::format("{}\n// a comment\n", name_of(0, column)));
  }
  const TestRun comments = run();
  EXPECT_EQ(started.size(), 3U);
  EXPECT_EQ(comments.count(TaskResult::hit_local), kAll - 3);

  edit(7, "another line\n");
  run();
  EXPECT_EQ(started.size(), 4U) << "itself and its three users, who make what they made before";
}

TEST_F(CutOffScaleTest, AnInterruptedRunEndsAndTheNextOneIsWhole) {
  std::atomic<int> left = 40;
  std::atomic<Executor*> running = nullptr;
  workspace.with_executor = [&](Executor& executor) { running = &executor; };
  FakeProcesses processes([&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    if (--left == 0) {
      running.load()->interrupt(SIGINT);
    }
    return make_first_line(spec, receiver);
  });
  const TestRun first = workspace.run(processes, gateway);
  EXPECT_EQ(first.outcome.signal, SIGINT);
  EXPECT_LT(processes.started().size(), kAll);
  workspace.with_executor = nullptr;
  const TestRun second = run();
  EXPECT_EQ(second.count(TaskResult::succeeded) + second.count(TaskResult::hit_local) +
                second.count(TaskResult::hit_remote),
            kAll);
}

}  // namespace
}  // namespace vc::agent
