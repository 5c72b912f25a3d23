#include "run_command.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vc::tools {
namespace {

class KillAtSyscallTest : public testing::Test {
 protected:
  // A directory, a file in it, a line in that: three calls in two processes.
  CommandResult run(const std::vector<std::string>& flags, std::string_view exit = "exit 5") const {
    std::vector<std::string> argv = {VC_KILL_AT_SYSCALL, "--only-below", path("").native()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    const std::string script = "mkdir " + path("d").native() + "; echo line > " +
                               path("d/f").native() + "; " + std::string(exit);
    argv.insert(argv.end(), {"--", "sh", "-c", script});
    return run_command(argv);
  }

  fs::path path(std::string_view name) const { return directory_.path() / name; }

  TempDir directory_ = *TempDir::create();
};

TEST_F(KillAtSyscallTest, CountsTheCallsOfTheWholeTreeAndExitsAsTheCommandDid) {
  const CommandResult result = run({"--count"});
  EXPECT_EQ(result.output, "3\n");
  EXPECT_EQ(result.exit_code, 5);
  EXPECT_EQ(*read_file(path("d/f")), "line\n");
}

TEST_F(KillAtSyscallTest, KillsBeforeTheCallHasAnyEffect) {
  EXPECT_EQ(run({"--at", "1"}).exit_code, 137);
  EXPECT_FALSE(fs::exists(path("d")));
}

TEST_F(KillAtSyscallTest, KeepsWhatEarlierCallsDid) {
  EXPECT_EQ(run({"--at", "2"}).exit_code, 137);
  EXPECT_TRUE(fs::exists(path("d")));
  EXPECT_FALSE(fs::exists(path("d/f")));
}

TEST_F(KillAtSyscallTest, KillsParentsOfTheProcessThatMadeTheCallToo) {
  // The subshell makes the third call; were only it killed, the shell would go on to the touch.
  const std::string marker = path("survived").native();
  EXPECT_EQ(run({"--at", "1"}, "touch " + marker).exit_code, 137);
  EXPECT_FALSE(fs::exists(marker));
}

TEST_F(KillAtSyscallTest, LetsACommandEndThatMakesFewerCalls) {
  EXPECT_EQ(run({"--at", "4"}).exit_code, 5);
  EXPECT_EQ(*read_file(path("d/f")), "line\n");
}

TEST_F(KillAtSyscallTest, CallsElsewhereDoNotCount) {
  const TempDir elsewhere = *TempDir::create();
  const CommandResult result = run_command(
      {VC_KILL_AT_SYSCALL, "--count", "--only-below", elsewhere.path(), "--", "touch", path("f")});
  EXPECT_EQ(result.output, "0\n");
  EXPECT_TRUE(fs::exists(path("f")));
}

TEST_F(KillAtSyscallTest, RefusesAnUnclearRequest) {
  EXPECT_EQ(run_command({VC_KILL_AT_SYSCALL, "--", "true"}).exit_code, 2);
  EXPECT_EQ(run_command({VC_KILL_AT_SYSCALL, "--at", "0", "--", "true"}).exit_code, 2);
  EXPECT_EQ(run_command({VC_KILL_AT_SYSCALL, "--at", "1x", "--", "true"}).exit_code, 2);
  EXPECT_EQ(run_command({VC_KILL_AT_SYSCALL, "--count", "--"}).exit_code, 2);
}

}  // namespace
}  // namespace vc::tools
