// Weights and mutexes: tables first, then what must hold on any graph.

#include "agent/scheduler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Graph {
 public:
  TaskId add(ExecutionRules rules, std::vector<TaskId> dependencies = {}) {
    TaskNode node;
    node.label = "t" + std::to_string(graph.tasks.size());
    node.definition.rules = std::move(rules);
    node.dependencies = std::move(dependencies);
    graph.tasks.push_back(std::move(node));
    return static_cast<TaskId>(graph.tasks.size() - 1);
  }

  TaskGraph graph;
};

std::vector<TaskId> all_that_start(Scheduler& scheduler) {
  std::vector<TaskId> started;
  while (const auto task = scheduler.start_next()) {
    started.push_back(*task);
  }
  return started;
}

TEST(SchedulerLimits, WeightsOfRunningTasksStayWithinTheSlots) {
  Graph g;
  g.add({.weight = 2});
  g.add({.weight = 2});
  g.add({.weight = 1});
  Scheduler scheduler(g.graph, FailurePolicy::stop, {}, 4);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(0, 1));
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(2));
}

TEST(SchedulerLimits, ATaskThatWeighsMoreThanThereIsTakesAllOfIt) {
  Graph g;
  g.add({.weight = 1});
  g.add({.weight = 100});
  g.add({.weight = 1});
  Scheduler scheduler(g.graph, FailurePolicy::stop, {}, 4);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(0)) << "the heavy one is next";
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(1));
  EXPECT_EQ(scheduler.used_slots(), 4U);
  scheduler.finish(1, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(2));
}

TEST(SchedulerLimits, AHeavyTaskIsNotOvertakenByLessUrgentOnes) {
  Graph g;
  const TaskId heavy = g.add({.weight = 3});
  for (int i = 0; i < 20; ++i) {
    g.add({});
  }
  std::vector<std::uint64_t> expected_ms(21, 1);
  expected_ms[heavy] = 100;
  expected_ms[20] = 200;
  Scheduler scheduler(g.graph, FailurePolicy::stop, expected_ms, 3);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(20))
      << "two slots stay free for the heavy one";
  scheduler.finish(20, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(heavy));
}

TEST(SchedulerLimits, TasksOfOneMutexRunOneAfterTheOther) {
  Graph g;
  g.add({.mutex = {"db"}});
  g.add({.mutex = {"db"}});
  g.add({});
  Scheduler scheduler(g.graph, FailurePolicy::stop, {}, 4);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(0, 2)) << "others overtake";
  scheduler.finish(2, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), IsEmpty());
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(1));
}

TEST(SchedulerLimits, OfThoseThatWaitForAMutexTheMostUrgentIsNext) {
  Graph g;
  for (int i = 0; i < 3; ++i) {
    g.add({.mutex = {"db"}});
  }
  g.add({}, {2});
  const std::vector<std::uint64_t> expected_ms{900, 5, 5, 800};
  Scheduler scheduler(g.graph, FailurePolicy::stop, expected_ms, 4);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(0));
  scheduler.finish(0, TaskState::succeeded);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(2));
}

TEST(SchedulerLimits, AFailureGivesItsMutexBack) {
  Graph g;
  g.add({.mutex = {"db"}});
  g.add({.mutex = {"db"}});
  Scheduler scheduler(g.graph, FailurePolicy::keep_going, {}, 4);
  ASSERT_THAT(all_that_start(scheduler), ElementsAre(0));
  scheduler.finish(0, TaskState::failed);
  EXPECT_THAT(all_that_start(scheduler), ElementsAre(1));
}

TEST(SchedulerLimits, StoppingSkipsWhatWaitsForAMutex) {
  Graph g;
  g.add({.mutex = {"db"}});
  g.add({.mutex = {"db"}});
  Scheduler scheduler(g.graph, FailurePolicy::stop, {}, 4);
  ASSERT_THAT(all_that_start(scheduler), ElementsAre(0));
  scheduler.finish(0, TaskState::failed);
  EXPECT_EQ(scheduler.state(1), TaskState::skipped);
  EXPECT_TRUE(scheduler.is_finished());
  EXPECT_THAT(all_that_start(scheduler), IsEmpty());
}

// A run of a random graph in which tasks end in random order; counts what must never be.
class RandomRun {
 public:
  explicit RandomRun(std::uint32_t seed)
      : dice_(seed), slots_(static_cast<unsigned>(below(6) + 1)) {
    const std::size_t count = below(60) + 1;
    for (TaskId task = 0; task < count; ++task) {
      std::set<TaskId> dependencies;
      for (std::size_t i = below(4); task > 0 && i > 0; --i) {
        dependencies.insert(static_cast<TaskId>(below(task)));
      }
      std::set<std::string> mutexes;
      for (std::size_t i = below(3); i > 0; --i) {
        mutexes.insert("m" + std::to_string(below(4)));
      }
      graph_.add({.weight = static_cast<unsigned>(below(8) + 1),
                  .mutex = {mutexes.begin(), mutexes.end()}},
                 {dependencies.begin(), dependencies.end()});
      graph_.graph.tasks.back().has_command = below(8) != 0;
      expected_ms_.push_back(below(1000));
    }
  }

  void run(FailurePolicy policy) {
    Scheduler scheduler(graph_.graph, policy, expected_ms_, slots_);
    std::vector<TaskId> running;
    std::vector<int> runs(graph_.graph.tasks.size(), 0);
    while (!scheduler.is_finished()) {
      for (const TaskId task : all_that_start(scheduler)) {
        ++runs[task];
        running.push_back(task);
      }
      ASSERT_FALSE(running.empty()) << "nothing runs and nothing is finished: a deadlock";
      check(running);
      const std::size_t next = below(running.size());
      const TaskId task = running[next];
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(next));
      const bool fails = policy == FailurePolicy::keep_going && below(10) == 0;
      scheduler.finish(task, fails ? TaskState::failed : TaskState::succeeded);
    }
    EXPECT_TRUE(running.empty());
    EXPECT_EQ(scheduler.used_slots(), 0U);
    for (TaskId task = 0; task < runs.size(); ++task) {
      const bool was_skipped = scheduler.state(task) == TaskState::skipped;
      EXPECT_EQ(runs[task], graph_.graph.tasks[task].has_command && !was_skipped ? 1 : 0);
    }
  }

 private:
  std::size_t below(std::size_t bound) { return dice_() % bound; }

  void check(const std::vector<TaskId>& running) const {
    unsigned weight = 0;
    std::map<std::string, int> holders;
    for (const TaskId task : running) {
      weight += graph_.graph.tasks[task].definition.rules.weight;
      for (const std::string& mutex : graph_.graph.tasks[task].definition.rules.mutex) {
        EXPECT_EQ(++holders[mutex], 1) << "two tasks hold " << mutex;
      }
    }
    EXPECT_TRUE(weight <= slots_ || running.size() == 1) << weight << " of " << slots_;
  }

  std::mt19937 dice_;
  unsigned slots_;
  Graph graph_;
  std::vector<std::uint64_t> expected_ms_;
};

TEST(SchedulerLimits, HoldOnAnyGraphAndNothingWaitsForEver) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun(seed).run(FailurePolicy::stop);
    RandomRun(seed).run(FailurePolicy::keep_going);
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

// However many light tasks become ready meanwhile, a heavy one starts when what runs has ended.
TEST(SchedulerLimits, AStreamOfLightTasksDoesNotStarveAHeavyOne) {
  constexpr unsigned kSlots = 4;
  Graph g;
  const TaskId heavy = g.add({.weight = kSlots});
  std::vector<TaskId> last;
  for (int i = 0; i < 200; ++i) {
    last = {g.add({}, last)};  // A chain in two lanes: as soon as one ends another is ready.
    g.add({});
  }
  std::vector<std::uint64_t> expected_ms(g.graph.tasks.size(), 0);
  expected_ms[heavy] = 1'000'000;  // The most urgent of all, once it is ready.
  Scheduler scheduler(g.graph, FailurePolicy::stop, expected_ms, kSlots);
  scheduler.hold(heavy);
  const std::vector<TaskId> running = all_that_start(scheduler);
  ASSERT_EQ(running.size(), kSlots);
  scheduler.release(heavy);
  std::vector<TaskId> next;
  for (const TaskId task : running) {
    EXPECT_THAT(next, IsEmpty()) << "light tasks are ready, and wait";
    scheduler.finish(task, TaskState::succeeded);
    next = all_that_start(scheduler);
  }
  EXPECT_THAT(next, ElementsAre(heavy));
}

}  // namespace
}  // namespace vc::agent
