#include "agent/effective_task.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TaskDefinition root_task() {
  TaskDefinition task;
  task.rules = {
      .retries = 3, .timeout = std::chrono::minutes(5), .weight = 2, .mutex = {"database"}};
  return task;
}

TEST(EffectiveTask, KeepsTheRootsRulesThatThePackageDoesNotGive) {
  const TaskDefinition task = merged(root_task(), {});
  EXPECT_EQ(task.rules.retries, 3U);
  EXPECT_EQ(task.rules.timeout, std::chrono::minutes(5));
  EXPECT_EQ(task.rules.weight, 2U);
  EXPECT_THAT(task.rules.mutex, ElementsAre("database"));
}

TEST(EffectiveTask, TakesThePackagesRulesOneByOne) {
  TaskDefinition own;
  own.given.insert(TaskKey::retries);
  own.given.insert(TaskKey::mutex);
  const TaskDefinition task = merged(root_task(), own);
  EXPECT_EQ(task.rules.retries, 0U);
  EXPECT_THAT(task.rules.mutex, IsEmpty());
  EXPECT_EQ(task.rules.weight, 2U);

  own.given.insert(TaskKey::timeout);
  own.given.insert(TaskKey::weight);
  own.rules = {.timeout = std::chrono::seconds(1), .weight = 7};
  EXPECT_EQ(merged(root_task(), own).rules.timeout, std::chrono::seconds(1));
  EXPECT_EQ(merged(root_task(), own).rules.weight, 7U);
}

}  // namespace
}  // namespace vc::agent
