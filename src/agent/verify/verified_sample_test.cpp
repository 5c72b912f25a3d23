#include "agent/verify/verified_sample.hpp"

#include "core/digest.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace vc::agent {
namespace {

std::vector<TaskFingerprint> keys_of(std::size_t count) {
  std::vector<TaskFingerprint> keys(count);
  for (std::size_t i = 0; i < count; ++i) {
    keys[i].key = sha256(fmt::format("task {}", i));
  }
  return keys;
}

std::vector<TaskId> sample_of(std::size_t count, unsigned percent) {
  std::vector<TaskId> all(count);
  std::iota(all.begin(), all.end(), TaskId{0});
  return verified_sample(all, keys_of(count), percent);
}

TEST(VerifiedSample, HasTheShareRoundedUp) {
  EXPECT_EQ(sample_of(0, 10).size(), 0U);
  EXPECT_EQ(sample_of(1, 1).size(), 1U);
  EXPECT_EQ(sample_of(10, 10).size(), 1U);
  EXPECT_EQ(sample_of(11, 10).size(), 2U);
  EXPECT_EQ(sample_of(7, 100).size(), 7U);
}

TEST(VerifiedSample, IsDecidedByKeysAndNotByOrder) {
  const auto keys = keys_of(50);
  std::vector<TaskId> ids(50);
  std::iota(ids.begin(), ids.end(), TaskId{0});
  const auto sample = verified_sample(ids, keys, 20);
  std::ranges::reverse(ids);
  EXPECT_EQ(verified_sample(ids, keys, 20), sample);
  for (const TaskId task : ids) {
    const bool is_chosen = std::ranges::find(sample, task) != sample.end();
    EXPECT_EQ(is_chosen, keys[task].key <= keys[sample.back()].key) << task;
  }
}

TEST(VerifiedSample, OfALargerShareHasAllOfASmallerOne) {
  const auto small = sample_of(40, 10);
  auto large = sample_of(40, 50);
  large.resize(small.size());
  EXPECT_EQ(large, small);
}

TEST(VerifyPercent, IsAShareOrAll) {
  EXPECT_EQ(parse_verify_percent("").value(), kVerifyPercentDefault);
  EXPECT_EQ(parse_verify_percent("all").value(), 100U);
  EXPECT_EQ(parse_verify_percent("1%").value(), 1U);
  EXPECT_EQ(parse_verify_percent("100%").value(), 100U);
  for (const char* wrong : {"0%", "101%", "10", "-1%", "ten%", "%", "1%%", "ALL", " 5%", "1.5%",
                            "99999999999999999999%"}) {
    EXPECT_FALSE(parse_verify_percent(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace vc::agent
