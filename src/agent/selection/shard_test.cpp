#include "agent/selection/shard.hpp"

#include "agent/selection/shard_timings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace vc::agent {
namespace {

// One requested task `test` in each of the packages, and a dependency nobody asked for.
TaskGraph graph_of(std::size_t packages) {
  TaskGraph graph;
  for (PackageId id = 0; id < packages; ++id) {
    TaskNode task;
    task.package = id;
    task.name = "test";
    task.label = fmt::format("p{}#test", id);
    task.requested = true;
    graph.tasks.push_back(task);
  }
  graph.tasks.push_back(TaskNode{.package = 0, .name = "build", .label = "p0#build"});
  return graph;
}

std::uint64_t heaviest(const ShardPlan& plan) {
  return *std::ranges::max_element(plan.shards_ms);
}

// The heaviest shard of the best division, by trying all.
std::uint64_t best(const std::vector<std::uint64_t>& weights, std::vector<std::uint64_t>& shards,
                   std::size_t next = 0) {
  if (next == weights.size()) {
    return *std::ranges::max_element(shards);
  }
  std::uint64_t found = UINT64_MAX;
  for (std::uint64_t& shard : shards) {
    shard += weights[next];
    found = std::min(found, best(weights, shards, next + 1));
    shard -= weights[next];
  }
  return found;
}

TEST(Shard, IsWrittenAsAPartOfAWhole) {
  const Shard shard = parse_shard("2/4").value();
  EXPECT_EQ(shard.number, 2U);
  EXPECT_EQ(shard.count, 4U);
  EXPECT_TRUE(parse_shard("1000/1000").has_value());
  for (const std::string_view bad :
       {"", "2", "/4", "2/", "0/4", "5/4", "1/0", "1/1001", "2/4/6", "a/b", "-1/4", " 1/4"}) {
    EXPECT_FALSE(parse_shard(bad).has_value()) << bad;
  }
}

TEST(Shard, EveryTaskIsInExactlyOneWhateverTheOrderOfTheGraph) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    TaskGraph graph = graph_of(1 + random() % 40);
    TaskTimings timings;
    for (const TaskNode& task : graph.tasks) {
      if (random() % 3 != 0) {
        timings[task.label] = random() % 5000;
      }
    }
    const unsigned count = 1 + random() % 9;
    const ShardPlan plan = divide(graph, timings, count);
    std::ranges::shuffle(graph.tasks, random);
    const ShardPlan shuffled = divide(graph, timings, count);
    std::multiset<std::string> all;
    for (unsigned number = 1; number <= count; ++number) {
      const auto labels = tasks_of(plan, {.number = number, .count = count});
      EXPECT_EQ(labels, tasks_of(shuffled, {.number = number, .count = count}));
      all.insert(labels.begin(), labels.end());
    }
    std::multiset<std::string> requested;
    for (const TaskNode& task : graph.tasks) {
      if (task.requested) {
        requested.insert(task.label);
      }
    }
    EXPECT_EQ(all, requested);
  }
}

TEST(Shard, TheHeaviestIsWithinGrahamsBoundOfTheBest) {
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    const TaskGraph graph = graph_of(1 + random() % 8);
    const unsigned count = 1 + random() % 3;
    TaskTimings timings;
    std::vector<std::uint64_t> weights;
    for (const TaskNode& task : graph.tasks) {
      if (task.requested) {
        weights.push_back(1 + random() % 1000);
        timings[task.label] = weights.back();
      }
    }
    std::vector<std::uint64_t> empty(count);
    const std::uint64_t optimum = best(weights, empty);
    // 3m * heaviest <= (4m - 1) * optimum, in whole numbers.
    EXPECT_LE(3 * std::uint64_t{count} * heaviest(divide(graph, timings, count)),
              (4 * std::uint64_t{count} - 1) * optimum);
  }
}

TEST(Shard, WithoutTimingsEveryPackageWeighsTheSame) {
  const ShardPlan plan = divide(graph_of(10), {}, 4);
  EXPECT_EQ(plan.timed, 0U);
  EXPECT_EQ(heaviest(plan), 3000U);
  EXPECT_EQ(*std::ranges::min_element(plan.shards_ms), 2000U);
}

TEST(Shard, AnUnknownTaskWeighsTheMedian) {
  const ShardPlan plan =
      divide(graph_of(4), {{"p0#test", 10}, {"p1#test", 20}, {"p2#test", 90}}, 1);
  EXPECT_EQ(plan.timed, 3U);
  EXPECT_EQ(plan.shards_ms[0], 10U + 20U + 90U + 20U);
}

TEST(Shard, TasksOfOnePackageStayTogether) {
  TaskGraph graph = graph_of(2);
  graph.tasks.back().requested = true;  // p0#build
  const ShardPlan plan = divide(graph, {}, 2);
  EXPECT_EQ(tasks_of(plan, {.number = 1, .count = 2}),
            (std::vector<std::string>{"p0#build", "p0#test"}));
  EXPECT_EQ(tasks_of(plan, {.number = 2, .count = 2}), (std::vector<std::string>{"p1#test"}));
}

TEST(Shard, MoreShardsThanTasksLeaveSomeEmpty) {
  const ShardPlan plan = divide(graph_of(1), {{"p0#test", UINT64_MAX}}, 3);
  EXPECT_TRUE(tasks_of(plan, {.number = 3, .count = 3}).empty());
}

TEST(ShardTimings, AreWhatRunsPrint) {
  TaskTimings timings;
  ASSERT_TRUE(add_timings(R"({"exit_code": 0, "tasks": [
      {"task": "a#test", "key": "x", "duration_ms": 5}, {"task": "b#test", "duration_ms": 0}]})",
                          timings)
                  .has_value());
  ASSERT_TRUE(add_timings(R"({"tasks": [{"task": "a#test", "duration_ms": 7}]})", timings));
  EXPECT_EQ(timings, (TaskTimings{{"a#test", 7}}));
}

TEST(ShardTimings, AnythingElseIsAnErrorThatSaysSo) {
  for (const std::string_view bad :
       {"", "[]", "{}", R"({"tasks": 1})", R"({"tasks": [1]})", R"({"tasks": [{"task": "a"}]})",
        R"({"tasks": [{"task": "a", "duration_ms": -1}]})",
        R"({"tasks": [{"task": "a", "duration_ms": 1.5}]})",
        R"({"tasks": [{"task": 1, "duration_ms": 1}]})", "{\"tasks\": [",
        R"([[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]])"}) {
    TaskTimings timings;
    const auto added = add_timings(bad, timings);
    ASSERT_FALSE(added.has_value()) << bad;
    EXPECT_EQ(added.error().code, Errc::invalid);
  }
  EXPECT_FALSE(read_timings({"nobody.json"}, "/nonexistent").has_value());
}

}  // namespace
}  // namespace vc::agent
