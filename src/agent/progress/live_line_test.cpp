#include "agent/progress/live_line.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

struct LiveLineTest : testing::Test {
  FakeClock clock;
  LiveLine line{30};

  void SetUp() override { line.expect(5); }
};

TEST_F(LiveLineTest, ListsTheLongestRunningFirst) {
  line.started("b#x", clock.steady_now());
  clock.advance(std::chrono::seconds(70));
  line.started("a#x", clock.steady_now());
  EXPECT_EQ(line.text(clock.steady_now()), "[0/5] b#x 1 m 10 s, a#x 0 s");
}

TEST_F(LiveLineTest, IsNeverWiderThanTheTerminal) {
  for (int i = 0; i < 5; ++i) {
    line.started("package-" + std::to_string(i) + "#build", clock.steady_now());
    EXPECT_LT(line.text(clock.steady_now()).size(), 30U);
  }
  EXPECT_EQ(line.text(clock.steady_now()), "[0/5] package-0#build 0 s ...");
  LiveLine narrow(3);
  narrow.started("package#build", clock.steady_now());
  EXPECT_LE(narrow.text(clock.steady_now()).size(), 3U);
}

TEST_F(LiveLineTest, IsRedrawnAtMostAsOftenAsItSays) {
  line.started("a#x", clock.steady_now());
  EXPECT_NE(line.redrawn(clock.steady_now()), "");
  clock.advance(LiveLine::kRedrawInterval - std::chrono::milliseconds(1));
  EXPECT_EQ(line.redrawn(clock.steady_now()), "");
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_NE(line.redrawn(clock.steady_now()), "");
}

TEST_F(LiveLineTest, IsErasedOnceAndGoneWhenNothingRuns) {
  EXPECT_EQ(line.erased(), "");
  line.started("a#x", clock.steady_now());
  EXPECT_NE(line.redrawn(clock.steady_now()), "");
  EXPECT_EQ(line.erased(), "\r\033[K");
  EXPECT_EQ(line.erased(), "");
  line.finished("a#x");
  EXPECT_EQ(line.redrawn(clock.steady_now()), "");
}

}  // namespace
}  // namespace vc::agent
