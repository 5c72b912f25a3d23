#include "gateway/rate_limiter.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

TEST(RateLimiter, LetsABurstThroughAndThenTheRate) {
  FakeClock clock;
  RateLimiter limiter(2, 3, clock);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limiter.refuse("a"), std::nullopt) << i;
  }
  EXPECT_EQ(limiter.refuse("a"), std::chrono::seconds(1));
  clock.advance(std::chrono::milliseconds(500));
  EXPECT_EQ(limiter.refuse("a"), std::nullopt);
  EXPECT_NE(limiter.refuse("a"), std::nullopt);
}

TEST(RateLimiter, SubjectsDoNotPayForEachOther) {
  const FakeClock clock;
  RateLimiter limiter(1, 1, clock);
  EXPECT_EQ(limiter.refuse("a"), std::nullopt);
  EXPECT_NE(limiter.refuse("a"), std::nullopt);
  EXPECT_EQ(limiter.refuse("b"), std::nullopt);
}

TEST(RateLimiter, ZeroIsNoLimit) {
  const FakeClock clock;
  RateLimiter limiter(0, 0, clock);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(limiter.refuse("a"), std::nullopt);
  }
}

TEST(RateLimiter, TheSubjectNotHeardOfForLongestIsForgotten) {
  const FakeClock clock;
  RateLimiter limiter(1, 1, clock);
  EXPECT_EQ(limiter.refuse("first"), std::nullopt);
  for (std::size_t i = 0; i < RateLimiter::kSubjectsMax; ++i) {
    EXPECT_EQ(limiter.refuse(std::to_string(i)), std::nullopt);
  }
  EXPECT_EQ(limiter.refuse("first"), std::nullopt) << "it was forgotten and starts afresh";
  EXPECT_NE(limiter.refuse(std::to_string(RateLimiter::kSubjectsMax - 1)), std::nullopt);
}

}  // namespace
}  // namespace vc::gateway
