#include "gateway/positive_cache.hpp"

#include "core/testing/fake_clock.hpp"
#include "gateway/testing/test_keys.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

using std::chrono::seconds;

FoundObject object_of(std::uint64_t size, std::optional<TimePoint> expires_at = {}) {
  return std::make_shared<const storage::ObjectInfo>(
      storage::ObjectInfo{.size_bytes = size, .expires_at = expires_at});
}

class PositiveCacheTest : public testing::Test {
 protected:
  FakeClock clock_;
  PositiveCache cache_{clock_};
};

TEST_F(PositiveCacheTest, TrustsAnEntryForAMinuteAndNoLonger) {
  cache_.remember(key_of("a"), object_of(5));
  clock_.advance(PositiveCache::kAgeMax - std::chrono::milliseconds(1));
  ASSERT_NE(cache_.find(key_of("a")), nullptr);
  EXPECT_EQ(cache_.find(key_of("a"))->size_bytes, 5);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(cache_.find(key_of("a")), nullptr);
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(PositiveCacheTest, UseDoesNotProlongTrust) {
  cache_.remember(key_of("a"), object_of(5));
  for (int i = 0; i < 60; ++i) {
    cache_.find(key_of("a"));
    clock_.advance(seconds(1));
  }
  EXPECT_EQ(cache_.find(key_of("a")), nullptr);
}

TEST_F(PositiveCacheTest, NeverTrustsPastTheAnnouncedExpiry) {
  cache_.remember(key_of("a"), object_of(5, clock_.now() + seconds(10)));
  cache_.remember(key_of("gone"), object_of(5, clock_.now()));
  EXPECT_EQ(cache_.find(key_of("gone")), nullptr);
  clock_.advance(seconds(10));
  EXPECT_EQ(cache_.find(key_of("a")), nullptr);
}

TEST_F(PositiveCacheTest, ForgetsWhatItIsToldTo) {
  cache_.remember(key_of("a"), object_of(5));
  cache_.forget(key_of("a"));
  cache_.forget(key_of("never seen"));
  EXPECT_EQ(cache_.find(key_of("a")), nullptr);
}

TEST_F(PositiveCacheTest, StaysWithinItsBound) {
  PositiveCache small(clock_, 32);
  for (int i = 0; i < 1000; ++i) {
    small.remember(key_of(std::to_string(i)), object_of(1));
  }
  EXPECT_LE(small.size(), 32);
  EXPECT_NE(small.find(key_of("999")), nullptr);
}

TEST_F(PositiveCacheTest, WhatIsUsedOutlivesWhatIsNot) {
  PositiveCache small(clock_, 32);  // Two entries a shard.
  small.remember(key_of("hot"), object_of(1));
  for (int i = 0; i < 1000; ++i) {
    small.remember(key_of(std::to_string(i)), object_of(1));
    ASSERT_NE(small.find(key_of("hot")), nullptr) << i;
  }
}

}  // namespace
}  // namespace vc::gateway
