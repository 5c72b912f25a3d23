#include "storage/s3/credentials/refresh_plan.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class RefreshPlanTest : public testing::Test {
 protected:
  Credentials ending_in(std::chrono::milliseconds life) const {
    return {.access_key_id = "id", .expires_at = now() + kCredentialsMargin + life};
  }

  TimePoint now() const { return clock_.now(); }

  FakeClock clock_;
  RefreshPlan plan_{0};
};

TEST_F(RefreshPlanTest, TheFirstFetchIsDueAtOnce) {
  EXPECT_LE(plan_.due(), now());
}

TEST_F(RefreshPlanTest, LongLivedOnesAreFetchedFiveMinutesEarly) {
  EXPECT_TRUE(plan_.fetched(now(), ending_in(1h), 5min));
  EXPECT_EQ(plan_.due(), now() + 55min);
}

TEST_F(RefreshPlanTest, ShortLivedOnesAfterHalfOfTheirTime) {
  EXPECT_TRUE(plan_.fetched(now(), ending_in(4min), 5min));
  EXPECT_EQ(plan_.due(), now() + 2min);
}

// Whoever has two minutes left has been asked about before, whatever the life was.
TEST_F(RefreshPlanTest, WithTwoMinutesLeftTheFetchIsDue) {
  for (const auto life : {4min, 5min, 10min, 11min, 60min, 360min}) {
    EXPECT_TRUE(plan_.fetched(now(), ending_in(life), 5min));
    EXPECT_LE(plan_.due(), now() + life - 2min) << life.count();
  }
}

TEST_F(RefreshPlanTest, JitterOnlyMakesItEarlierAndByAFifthOfTheLeadAtMost) {
  RefreshPlan jittered{1};
  EXPECT_TRUE(jittered.fetched(now(), ending_in(1h), 5min));
  EXPECT_EQ(jittered.due(), now() + 54min);
}

TEST_F(RefreshPlanTest, WithoutAnExpiryTheProviderSaysHowLongTheyHold) {
  EXPECT_TRUE(plan_.fetched(now(), {.access_key_id = "id"}, 1s));
  EXPECT_EQ(plan_.due(), now() + 1s);
}

TEST_F(RefreshPlanTest, FailuresAreFurtherAndFurtherApartUpToAMinute) {
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    plan_.failed(now());
    EXPECT_EQ(plan_.due(), now() + pause);
  }
  EXPECT_TRUE(plan_.fetched(now(), ending_in(1h), 5min));
  plan_.failed(now());
  EXPECT_EQ(plan_.due(), now() + 1s) << "a success forgets the failures before it";
}

TEST_F(RefreshPlanTest, WhatIsOverOrNearlySoIsAFailure) {
  for (const std::chrono::milliseconds life : {0ms, -1ms, -3'600'000ms}) {
    RefreshPlan plan{0};
    EXPECT_FALSE(plan.fetched(now(), ending_in(life), 5min));
    EXPECT_EQ(plan.due(), now() + 1s);
  }
}

TEST_F(RefreshPlanTest, NoLifeIsTooShortForAPauseBetweenFetches) {
  EXPECT_TRUE(plan_.fetched(now(), ending_in(10ms), 5min));
  EXPECT_GT(plan_.due(), now());
}

}  // namespace
}  // namespace vc::storage
