#include "agent/scheduler.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

// A graph from the dependencies of each task.
TaskGraph graph_of(const std::vector<std::vector<TaskId>>& dependencies) {
  TaskGraph graph;
  for (const auto& list : dependencies) {
    TaskNode node;
    node.label = "t" + std::to_string(graph.tasks.size());
    node.dependencies = list;
    graph.tasks.push_back(node);
  }
  return graph;
}

std::vector<TaskId> start_all(Scheduler& scheduler) {
  std::vector<TaskId> started;
  while (const auto task = scheduler.start_next()) {
    started.push_back(*task);
  }
  return started;
}

TEST(Scheduler, StartsDependenciesFirst) {
  const TaskGraph graph = graph_of({{}, {0}, {1}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  for (TaskId expected = 0; expected < 3; ++expected) {
    EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{expected});
    scheduler.finish(expected, TaskState::succeeded);
  }
  EXPECT_TRUE(scheduler.is_finished());
}

TEST(Scheduler, StartsTheHeadOfTheLongestPathFirst) {
  // 0 stands alone; 1 <- 2 <- 3 is a chain.
  const TaskGraph graph = graph_of({{}, {}, {1}, {2}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  EXPECT_EQ(start_all(scheduler), (std::vector<TaskId>{1, 0}));
}

TEST(Scheduler, MeasuresPathsInTheTimeTasksTookBefore) {
  const TaskGraph graph = graph_of({{}, {}, {1}, {2}});
  const std::vector<std::uint64_t> expected_ms{9000, 10, 10, 0};
  Scheduler scheduler(graph, FailurePolicy::stop, expected_ms);
  EXPECT_EQ(start_all(scheduler), (std::vector<TaskId>{0, 1}));
}

// B19: a shared dependency ran once for every path that led to it.
TEST(Scheduler, RunsEachTaskOfATwentyLayerDiamondOnce) {
  std::vector<std::vector<TaskId>> dependencies{{}, {}};
  for (TaskId layer = 1; layer < 20; ++layer) {
    const TaskId left = 2 * (layer - 1);
    dependencies.push_back({left, left + 1});
    dependencies.push_back({left, left + 1});
  }
  const TaskGraph graph = graph_of(dependencies);
  Scheduler scheduler(graph, FailurePolicy::stop);
  std::vector<int> runs(graph.tasks.size(), 0);
  while (!scheduler.is_finished()) {
    const auto task = scheduler.start_next();
    ASSERT_TRUE(task.has_value());
    ++runs[*task];
    scheduler.finish(*task, TaskState::succeeded);
  }
  EXPECT_EQ(runs, std::vector<int>(40, 1));
}

// B32: a failed task did not stop its siblings.
TEST(Scheduler, StartsNothingNewAfterAFailureByDefault) {
  const TaskGraph graph = graph_of({{}, {}, {}, {1}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  ASSERT_EQ(scheduler.start_next(), 1U);  // It has a dependent, so it is first.
  ASSERT_EQ(scheduler.start_next(), 0U);
  scheduler.finish(1, TaskState::failed);
  EXPECT_FALSE(scheduler.start_next().has_value());
  EXPECT_FALSE(scheduler.is_finished()) << "task 0 still runs";
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_TRUE(scheduler.is_finished());
  EXPECT_EQ(scheduler.state(0), TaskState::succeeded);
  EXPECT_EQ(scheduler.state(1), TaskState::failed);
  EXPECT_EQ(scheduler.state(2), TaskState::skipped);
  EXPECT_EQ(scheduler.state(3), TaskState::skipped);
}

TEST(Scheduler, AlwaysRunsWhatDependsOnTheFailureToo) {
  // 0 <- 1 <- 2.
  const TaskGraph graph = graph_of({{}, {0}, {1}});
  Scheduler scheduler(graph, FailurePolicy::always);
  ASSERT_EQ(scheduler.start_next(), 0U);
  EXPECT_FALSE(scheduler.start_next().has_value()) << "still in order";
  scheduler.finish(0, TaskState::failed);
  ASSERT_EQ(scheduler.start_next(), 1U);
  scheduler.finish(1, TaskState::failed);
  ASSERT_EQ(scheduler.start_next(), 2U);
  scheduler.finish(2, TaskState::succeeded);
  EXPECT_TRUE(scheduler.is_finished());
  EXPECT_EQ(scheduler.state(0), TaskState::failed);
}

TEST(Scheduler, KeepGoingSkipsOnlyWhatDependsOnTheFailure) {
  // 0 <- 1 <- 2, 3 <- 4, and 5 needs both sides.
  const TaskGraph graph = graph_of({{}, {0}, {1}, {}, {3}, {2, 4}});
  Scheduler scheduler(graph, FailurePolicy::keep_going);
  std::vector<TaskId> ran;
  while (!scheduler.is_finished()) {
    const auto task = scheduler.start_next();
    ASSERT_TRUE(task.has_value());
    ran.push_back(*task);
    scheduler.finish(*task, *task == 0 ? TaskState::failed : TaskState::succeeded);
  }
  EXPECT_EQ(ran, (std::vector<TaskId>{0, 3, 4}));
  EXPECT_EQ(scheduler.state(1), TaskState::skipped);
  EXPECT_EQ(scheduler.state(2), TaskState::skipped);
  EXPECT_EQ(scheduler.state(5), TaskState::skipped);
}

TEST(Scheduler, PassesThroughNodesWithoutACommand) {
  TaskGraph graph = graph_of({{}, {0}, {1}, {}});
  graph.tasks[1].has_command = false;
  graph.tasks[3].has_command = false;
  Scheduler scheduler(graph, FailurePolicy::stop);
  EXPECT_EQ(scheduler.state(3), TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(scheduler.state(1), TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{2});
  scheduler.finish(2, TaskState::succeeded);
  EXPECT_TRUE(scheduler.is_finished());
}

TEST(Scheduler, IsFinishedAtOnceWithoutACommandToRun) {
  TaskGraph graph = graph_of({{}, {0}});
  graph.tasks[0].has_command = false;
  graph.tasks[1].has_command = false;
  EXPECT_TRUE(Scheduler(graph, FailurePolicy::stop).is_finished());
  EXPECT_TRUE(Scheduler(TaskGraph{}, FailurePolicy::stop).is_finished());
}

TEST(Scheduler, KeepsAHeldTaskBackUntilItIsReleased) {
  const TaskGraph graph = graph_of({{}, {}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(0);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{1});
  scheduler.finish(1, TaskState::succeeded);
  EXPECT_FALSE(scheduler.is_finished());
  scheduler.release(0);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
}

TEST(Scheduler, ReleasingAheadOfDependenciesStartsNothingEarly) {
  const TaskGraph graph = graph_of({{}, {0}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(1);
  scheduler.release(1);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{1});
}

// What executes may need what its dependencies depend on.
TEST(Scheduler, ATaskDoneOutOfTurnCountsWhenAllBeforeItIsDone) {
  const TaskGraph graph = graph_of({{}, {0}, {1}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(1);
  ASSERT_TRUE(scheduler.start_ahead(1));
  EXPECT_FALSE(scheduler.start_ahead(1)) << "it runs already";
  scheduler.finish(1, TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{2}) << "task 1 is not done again";
  scheduler.finish(2, TaskState::succeeded);
  EXPECT_TRUE(scheduler.is_finished());
}

TEST(Scheduler, WhatIsGivenBackWaitsForItsDependencies) {
  const TaskGraph graph = graph_of({{}, {0}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(1);
  ASSERT_TRUE(scheduler.start_ahead(1));
  scheduler.give_back(1);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{1});
}

TEST(Scheduler, AFailureSkipsAlsoWhatDependsOnItThroughATaskDoneOutOfTurn) {
  const TaskGraph graph = graph_of({{}, {0}, {1}});
  Scheduler scheduler(graph, FailurePolicy::keep_going);
  scheduler.hold(1);
  ASSERT_TRUE(scheduler.start_ahead(1));
  scheduler.finish(1, TaskState::succeeded);
  ASSERT_EQ(scheduler.start_next(), 0U);
  scheduler.finish(0, TaskState::failed);
  EXPECT_TRUE(scheduler.is_finished());
  EXPECT_EQ(scheduler.state(1), TaskState::succeeded);
  EXPECT_EQ(scheduler.state(2), TaskState::skipped);
}

// 0 fails while 1, which depends on it, is out of turn; 2 depends on 1.
TEST(Scheduler, WhatIsGivenBackAfterAFailureIsSkipped) {
  for (const auto policy : {FailurePolicy::stop, FailurePolicy::keep_going}) {
    const TaskGraph graph = graph_of({{}, {0}, {1}});
    Scheduler scheduler(graph, policy);
    scheduler.hold(1);
    ASSERT_TRUE(scheduler.start_ahead(1));
    ASSERT_EQ(scheduler.start_next(), 0U);
    scheduler.finish(0, TaskState::failed);
    EXPECT_FALSE(scheduler.is_finished());
    scheduler.give_back(1);
    EXPECT_TRUE(scheduler.is_finished());
    EXPECT_EQ(scheduler.state(1), TaskState::skipped);
    EXPECT_EQ(scheduler.state(2), TaskState::skipped);
  }
}

TEST(Scheduler, AReopenedTaskIsWaitedForAlsoThroughANodeWithoutACommand) {
  TaskGraph graph = graph_of({{}, {0}, {1}});
  graph.tasks[1].has_command = false;
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(0);
  ASSERT_TRUE(scheduler.start_ahead(0));
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(scheduler.state(2), TaskState::ready);
  scheduler.reopen(0);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{}) << "task 0 is held, task 2 waits";
  scheduler.release(0);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{0});
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_EQ(start_all(scheduler), std::vector<TaskId>{2});
  scheduler.finish(2, TaskState::succeeded);
  EXPECT_TRUE(scheduler.is_finished());
}

TEST(Scheduler, StopSkipsHeldTasksAndLateReleasesDoNothing) {
  const TaskGraph graph = graph_of({{}, {}});
  Scheduler scheduler(graph, FailurePolicy::stop);
  scheduler.hold(0);
  ASSERT_EQ(scheduler.start_next(), 1U);
  scheduler.stop();
  scheduler.release(0);
  EXPECT_FALSE(scheduler.start_next().has_value());
  EXPECT_EQ(scheduler.state(0), TaskState::skipped);
  scheduler.finish(1, TaskState::failed);
  EXPECT_TRUE(scheduler.is_finished());
}

}  // namespace
}  // namespace vc::agent
