#include "agent/posix_processes.hpp"
#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

#include <signal.h>

#include <string>
#include <thread>

namespace vc::agent {
namespace {

constexpr std::chrono::milliseconds kTimeout{std::chrono::hours(1)};
constexpr std::chrono::milliseconds kGrace{std::chrono::minutes(1)};

// The clock stands still but for an hour whenever something is printed: the tests wait for events.
struct ProcessTimeoutTest : testing::Test {
  TempDir directory = TempDir::create().value();
  Reaper reaper;
  FakeClock clock;
  std::string out;

  Result<ProcessExit> shell(const std::string& script) {
    PosixProcesses processes(reaper, clock, kGrace);
    return processes.run({.argv = {"/bin/sh", "-c", script},
                          .directory = directory.path(),
                          .environment = {{"PATH", "/usr/bin:/bin"}},
                          .timeout = kTimeout},
                         [this](OutputStream, auto, std::string_view bytes) {
                           out += bytes;
                           clock.advance(kTimeout);
                         });
  }
};

// Killed and collected by whoever inherited it.
bool is_gone(pid_t pid) {
  while (::kill(pid, 0) == 0) {
    // A zombie whose new parent has not looked yet still answers.
    const auto state = read_file("/proc/" + std::to_string(pid) + "/stat");
    if (state && state->substr(state->rfind(')'), 3) == ") Z") {
      return true;
    }
    std::this_thread::yield();
  }
  return true;
}

TEST_F(ProcessTimeoutTest, AProcessThatEndsInTimeIsLeftAlone) {
  const auto exit = shell("exit 3");
  ASSERT_TRUE(exit.has_value());
  EXPECT_FALSE(exit->timed_out);
  EXPECT_EQ(exit->status, 3);
}

TEST_F(ProcessTimeoutTest, PastItAProcessGetsSigtermAndKeepsWhatItPrinted) {
  const auto exit = shell("echo before; exec sleep 1000");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->timed_out);
  EXPECT_EQ(exit->signal, SIGTERM);
  EXPECT_FALSE(exit->succeeded());
  EXPECT_EQ(out, "before\n");
}

TEST_F(ProcessTimeoutTest, SuccessAfterSigtermIsStillTooLate) {
  const auto exit =
      shell("trap 'kill $!; exit 0' TERM; sleep 1000 >/dev/null 2>&1 & echo up; wait");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->timed_out);
  EXPECT_EQ(exit->signal, 0);
  EXPECT_EQ(exit->status, 0);
  EXPECT_FALSE(exit->succeeded());
}

TEST_F(ProcessTimeoutTest, WhoIgnoresSigtermGetsSigkill) {
  const auto exit = shell("trap '' TERM; while :; do echo up; sleep 0.01; done");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->timed_out);
  EXPECT_EQ(exit->signal, SIGKILL);
}

TEST_F(ProcessTimeoutTest, ChildrenInTheBackgroundEndWithIt) {
  const auto exit = shell("sleep 1000 >/dev/null 2>&1 & echo $!; exec sleep 1000");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->timed_out);
  EXPECT_TRUE(is_gone(std::stoi(out)));
}

TEST_F(ProcessTimeoutTest, ChildrenThatIgnoreSigtermEndToo) {
  // The shell itself goes at once; the child still holds its output.
  const auto exit = shell(
      "(trap '' TERM; echo $(exec sh -c 'echo $PPID'); while :; do sleep 0.01; echo up; done) & "
      "exec sleep 1000");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->timed_out);
  ASSERT_FALSE(out.empty());
  EXPECT_TRUE(is_gone(std::stoi(out)));
}

}  // namespace
}  // namespace vc::agent
