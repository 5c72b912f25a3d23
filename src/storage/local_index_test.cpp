#include "storage/local_index.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace vc::storage {
namespace {

TimePoint at(int second) {
  return TimePoint(std::chrono::seconds(second));
}

std::vector<std::string> paths(const std::vector<LocalIndex::Item>& items) {
  std::vector<std::string> out;
  out.reserve(items.size());
  for (const auto& item : items) {
    out.push_back(item.path);
  }
  return out;
}

TEST(LocalIndexTest, AnEntryIsThereUntilItIsErased) {
  LocalIndex index;
  EXPECT_FALSE(index.contains("a"));
  index.insert("a", 10, at(1));
  EXPECT_TRUE(index.contains("a"));
  index.erase("a");
  index.erase("a");
  EXPECT_FALSE(index.contains("a"));
  EXPECT_EQ(index.bytes_total(), 0U);
}

TEST(LocalIndexTest, PublishingAgainCountsTheNewSizeOnly) {
  LocalIndex index;
  index.insert("a", 10, at(1));
  index.insert("a", 4, at(2));
  index.insert("b", 1, at(2));
  EXPECT_EQ(index.bytes_total(), 5U);
}

TEST(LocalIndexTest, WhatTheWalkFindsLateDoesNotUndoAUse) {
  LocalIndex index;
  index.insert("a", 10, at(100));
  index.insert_found("a", 99, at(1));
  EXPECT_EQ(index.last_use("a"), at(100));
  EXPECT_EQ(index.bytes_total(), 10U);
}

TEST(LocalIndexTest, AUseNeverMovesBackwards) {
  LocalIndex index;
  index.insert("a", 1, at(100));
  EXPECT_TRUE(index.touch("a", at(50)));
  EXPECT_EQ(index.last_use("a"), at(100));
  EXPECT_FALSE(index.touch("b", at(50)));
}

TEST(LocalIndexTest, TheOldestComeFirstAndNoMoreThanAskedFor) {
  LocalIndex index;
  for (int i = 0; i < 500; ++i) {
    index.insert("entry" + std::to_string(i), 1, at((i * 7919) % 500));
  }
  const auto items = index.oldest(3);
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[0].used, at(0));
  EXPECT_EQ(items[1].used, at(1));
  EXPECT_EQ(items[2].used, at(2));
  EXPECT_EQ(index.oldest(1000).size(), 500U);
}

TEST(LocalIndexTest, AUseMovesAnEntryToTheEnd) {
  LocalIndex index;
  index.insert("a", 1, at(1));
  index.insert("b", 1, at(2));
  index.touch("a", at(3));
  EXPECT_EQ(paths(index.oldest(2)), (std::vector<std::string>{"b", "a"}));
}

}  // namespace
}  // namespace vc::storage
