#include "agent/progress/live_area.hpp"

#include "core/testing/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

struct LiveAreaTest : testing::Test {
  FakeClock clock;
  TerminalSize size{.columns = 80, .rows = 24};
  LiveArea area{[this] { return size; }};

  void SetUp() override { area.begin(5, clock.steady_now()); }

  std::vector<std::string> lines() { return area.lines(clock.steady_now(), size); }
};

TEST_F(LiveAreaTest, ListsTheLongestRunningFirstBelowWhatIsDone) {
  area.finished("c#x", LiveOutcome::cached);
  area.started("b#x", clock.steady_now());
  clock.advance(std::chrono::seconds(70));
  area.started("a#x", clock.steady_now());
  EXPECT_THAT(lines(),
              ElementsAre("[1/5] 1 cached, 2 running, 1 m 10 s", "  b#x 1 m 10 s", "  a#x 0 s"));
  area.finished("b#x", LiveOutcome::failed);
  EXPECT_THAT(lines(), ElementsAre("[2/5] 1 cached, 1 failed, 1 running, 1 m 10 s", "  a#x 0 s"));
}

TEST_F(LiveAreaTest, IsNeverWiderThanTheTerminalAndCutsNoCharacterInTwo) {
  area.started("päckage-with-a-näme-äääääääää#build", clock.steady_now());
  for (unsigned columns = 0; columns < 60; ++columns) {
    size.columns = columns;
    for (const std::string& line : lines()) {
      EXPECT_LE(line.size(), columns == 0 ? 0 : columns - 1);
      EXPECT_FALSE(line.ends_with('\xC3')) << line;
    }
  }
}

TEST_F(LiveAreaTest, HasFewerLinesThanTheTerminalAndNeverMoreThanTheLimit) {
  for (std::size_t i = 0; i < LiveArea::kTasksShown + 5; ++i) {
    area.started("package-" + std::to_string(i), clock.steady_now());
  }
  EXPECT_THAT(lines(), SizeIs(1 + LiveArea::kTasksShown));
  EXPECT_EQ(lines().back(), "  and 6 more");
  size.rows = 4;
  EXPECT_THAT(lines(), SizeIs(3));
  EXPECT_EQ(lines().back(), "  and 12 more");
  size.rows = 1;
  EXPECT_THAT(lines(), SizeIs(1));
}

TEST_F(LiveAreaTest, IsRedrawnAtMostAsOftenAsItSays) {
  area.started("a#x", clock.steady_now());
  EXPECT_NE(area.redrawn(clock.steady_now()), "");
  clock.advance(LiveArea::kRedrawInterval - std::chrono::milliseconds(1));
  EXPECT_EQ(area.redrawn(clock.steady_now()), "");
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_NE(area.redrawn(clock.steady_now()), "");
}

TEST_F(LiveAreaTest, IsErasedOnceLineByLineAndGoneWhenNothingRuns) {
  EXPECT_EQ(area.erased(), "");
  area.started("a#x", clock.steady_now());
  EXPECT_EQ(area.redrawn(clock.steady_now()), "[0/5] 1 running, 0 s\n  a#x 0 s");
  EXPECT_EQ(area.erased(), "\r\033[K\033[A\r\033[K");
  EXPECT_EQ(area.erased(), "");
  area.finished("a#x", LiveOutcome::executed);
  EXPECT_EQ(area.redrawn(clock.steady_now()), "");
}

}  // namespace
}  // namespace vc::agent
