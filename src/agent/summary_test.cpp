#include "agent/summary.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

struct SummaryTest : testing::Test {
  TaskGraph graph;
  std::vector<TaskReport> reports;

  void add(const std::string& label, TaskResult result, std::uint64_t duration_ms,
           std::vector<TaskId> dependencies = {}) {
    TaskNode node;
    node.label = label;
    node.dependencies = std::move(dependencies);
    graph.tasks.push_back(node);
    reports.push_back({.label = label, .result = result, .duration_ms = duration_ms});
  }
};

TEST_F(SummaryTest, IsTheDocumentedLine) {
  for (int i = 0; i < 9; ++i) {
    add("p#b", TaskResult::hit_remote, 40'000);
  }
  add("local#build", TaskResult::hit_local, 12'000);
  add("lib#build", TaskResult::succeeded, 8'000);
  add("web#build", TaskResult::succeeded, 30'000, {10});
  Summary summary = summarize(graph, reports);
  summary.wall_ms = 41'000;
  summary.bytes_down = 88'000'000;
  EXPECT_EQ(render(summary),
            "12 tasks, 10 cached (9 remote), 41 s, saved 6 m 12 s, 88 MB down; critical path "
            "web#build 38 s");
}

TEST_F(SummaryTest, CountsWhatWentWrong) {
  add("a#b", TaskResult::failed, 500);
  add("b#b", TaskResult::skipped, 0, {0});
  add("c#b", TaskResult::interrupted, 100);
  EXPECT_EQ(render(summarize(graph, reports)),
            "3 tasks, 0 cached, 1 failed, 1 interrupted, 1 not run, 0 ms; critical path a#b 500 "
            "ms");
}

TEST_F(SummaryTest, DoesNotCountNodesThatRunNothing) {
  add("a#b", TaskResult::succeeded, 100);
  add("source#b", TaskResult::skipped, 0, {0});
  graph.tasks[1].has_command = false;
  add("c#b", TaskResult::succeeded, 100, {1});
  const Summary summary = summarize(graph, reports);
  EXPECT_EQ(summary.tasks, 2U);
  EXPECT_EQ(summary.critical_ms, 200U) << "the chain goes through the node";
}

TEST_F(SummaryTest, SaysOneTaskInTheSingular) {
  add("a#b", TaskResult::hit_local, 5);
  EXPECT_EQ(render(summarize(graph, reports)), "1 task, 1 cached, 0 ms, saved 5 ms");
}

TEST_F(SummaryTest, IsOneJsonObject) {
  add("a#\"b", TaskResult::failed, 5);
  add("b#b", TaskResult::skipped, 0);
  reports[0].key = sha256("a key");
  reports[0].exit_status = 3;
  reports[0].why = "exit status 3";
  const std::string json = to_json(summarize(graph, reports), graph, reports, "none", 1);
  EXPECT_NE(json.find(R"("exit_code":1)"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"task":"a#\"b","key":")"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"task":"b#b","key":null,)"), std::string::npos)
      << "a key that nobody knows: " << json;
  EXPECT_NE(json.find(R"("result":"failed","duration_ms":5,"exit_status":3)"), std::string::npos)
      << json;
}

}  // namespace
}  // namespace vc::agent
