#include "agent/tool_runner.hpp"

#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <charconv>
#include <chrono>
#include <string>
#include <thread>

namespace vc::agent {
namespace {

using ::testing::HasSubstr;

class ToolRunnerTest : public ::testing::Test {
 protected:
  ToolRunnerTest() : directory_(TempDir::create().value()) {}

  ToolCommand shell(const std::string& script) const {
    return {.executable = "/bin/sh",
            .argv = {"sh", "-c", script},
            .directory = directory_.path(),
            .environment = {{"PATH", "/usr/bin:/bin"}, {"GREETING", "hello"}}};
  }

  TempDir directory_;
  PosixToolRunner runner_;
};

TEST_F(ToolRunnerTest, GivesStandardOutputThenStandardError) {
  EXPECT_EQ(runner_.run(shell("echo err >&2; echo out")).value(), "out\nerr\n");
}

TEST_F(ToolRunnerTest, RunsInTheDirectoryWithTheEnvironmentAndNoInput) {
  const std::string said = runner_.run(shell("pwd; echo $GREETING; cat; env")).value();
  EXPECT_THAT(said, HasSubstr(fs::canonical(directory_.path()).string() + "\nhello\n"));
  EXPECT_EQ(said.find("HOME="), std::string::npos);
}

TEST_F(ToolRunnerTest, AFailureQuotesWhatWasSaid) {
  const auto result = runner_.run(shell("echo no such flag >&2; exit 9"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "exit status 9: no such flag\n");
  EXPECT_THAT(runner_.run(shell("echo only here; exit 1")).error().message, HasSubstr("only here"));
  EXPECT_THAT(runner_.run(shell("kill -TERM $$")).error().message, HasSubstr("signal 15"));
}

TEST_F(ToolRunnerTest, AMissingProgramIsAnError) {
  ToolCommand command = shell("");
  command.executable = "/no/such/program";
  const auto result = runner_.run(command);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::not_found);
}

TEST_F(ToolRunnerTest, ItsOutputMayHaveSixtyFourKibibytesAndNoMore) {
  const auto zeros = [](std::size_t bytes) {
    return "head -c " + std::to_string(bytes) + " /dev/zero";
  };
  EXPECT_EQ(runner_.run(shell(zeros(kToolOutputBytesMax))).value().size(), kToolOutputBytesMax);
  const auto result = runner_.run(shell(zeros(kToolOutputBytesMax + 1)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::too_large);
  EXPECT_EQ(runner_.run(shell("cat /dev/zero")).error().code, Errc::too_large);
}

TEST_F(ToolRunnerTest, WhatDoesNotEndIsEndedWithAllItStarted) {
  PosixToolRunner impatient(std::chrono::milliseconds(200));
  const auto result = impatient.run(shell("sleep 1000 & echo $! > pid; exec sleep 1000"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::timeout);
  const std::string text = read_file(directory_.path() / "pid").value();
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  ASSERT_GT(pid, 0);
  // Killed with the group: gone, or a zombie that nobody has collected yet. The kernel may need a
  // moment to carry it out.
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto ended = [&] {
    const auto status = read_file("/proc/" + std::to_string(pid) + "/stat");
    return !status || status->find(") Z ") != std::string::npos;
  };
  while (!ended() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(ended());
}

TEST_F(ToolRunnerTest, ADaemonLeftBehindIsNotWaitedFor) {
  PosixToolRunner patient(std::chrono::seconds(30));
  const auto result = patient.run(shell("sleep 1000 & echo $! > pid; echo v1"));
  EXPECT_EQ(result.value_or("?"), "v1\n");
  const std::string text = read_file(directory_.path() / "pid").value();
  pid_t pid = 0;
  std::from_chars(text.data(), text.data() + text.size(), pid);
  ASSERT_GT(pid, 0);
  EXPECT_EQ(::kill(pid, SIGKILL), 0) << "it is left running";
}

}  // namespace
}  // namespace vc::agent
