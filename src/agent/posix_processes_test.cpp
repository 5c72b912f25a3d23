#include "agent/posix_processes.hpp"

#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#include <condition_variable>
#include <thread>

namespace vc::agent {
namespace {

using testing::HasSubstr;

struct PosixProcessesTest : testing::Test {
  TempDir directory = TempDir::create().value();
  Reaper reaper;
  SystemClock clock;
  PosixProcesses processes{reaper, clock};
  std::string out;
  std::string err;

  ProcessSpec spec(std::vector<std::string> argv) const {
    return {.argv = std::move(argv),
            .directory = directory.path(),
            .environment = {{"PATH", "/usr/bin:/bin"}}};
  }

  Result<ProcessExit> run(const ProcessSpec& what) {
    return processes.run(what, [this](OutputStream stream, auto, std::string_view bytes) {
      (stream == OutputStream::out ? out : err) += bytes;
    });
  }

  Result<ProcessExit> shell(const std::string& script) {
    return run(spec({"/bin/sh", "-c", script}));
  }
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST_F(PosixProcessesTest, KeepsTheTwoStreamsApart) {
  const auto exit = shell("echo to out; echo to err >&2");
  ASSERT_TRUE(exit.has_value()) << exit.error().message;
  EXPECT_TRUE(exit->succeeded());
  EXPECT_EQ(out, "to out\n");
  EXPECT_EQ(err, "to err\n");
}

TEST_F(PosixProcessesTest, ReportsStatusAndSignal) {
  EXPECT_EQ(shell("exit 42")->status, 42);
  const auto killed = shell("kill -SEGV $$");
  EXPECT_EQ(killed->signal, SIGSEGV);
  EXPECT_FALSE(killed->succeeded());
}

// B18: chdir in a process with threads.
TEST_F(PosixProcessesTest, RunsInItsDirectoryWithoutLeavingOurs) {
  const fs::path before = fs::current_path();
  ASSERT_TRUE(shell("pwd -P").has_value());
  EXPECT_EQ(out, fs::canonical(directory.path()).string() + "\n");
  EXPECT_EQ(fs::current_path(), before);
}

// B18 again, from many threads at once.
TEST_F(PosixProcessesTest, RunsManyAtOnceEachInItsOwnDirectory) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 20;
  std::array<int, kThreads> wrong{};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        const fs::path mine = directory.path() / std::to_string(i);
        fs::create_directory(mine);
        for (int round = 0; round < kRounds; ++round) {
          ProcessSpec where = spec({"/bin/sh", "-c", "basename \"$(pwd)\""});
          where.directory = mine;
          std::string said;
          const auto exit = processes.run(
              where, [&](OutputStream, auto, std::string_view bytes) { said += bytes; });
          wrong[static_cast<std::size_t>(i)] +=
              exit && exit->succeeded() && said == std::to_string(i) + "\n" ? 0 : 1;
        }
      });
    }
  }
  EXPECT_THAT(wrong, testing::Each(0));
}

TEST_F(PosixProcessesTest, LeaksNoDescriptorHereAndNoneIntoTheChild) {
  // What this test itself was started with is not ours to hide.
  ASSERT_EQ(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), 0);
  ASSERT_TRUE(shell("true").has_value());
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(shell("exit 1").has_value());
    EXPECT_FALSE(run(spec({"no-such-program"})).has_value());
  }
  EXPECT_EQ(open_descriptors(), before);
  out.clear();
  ASSERT_TRUE(run(spec({"ls", "/proc/self/fd"})).has_value());
  EXPECT_EQ(out, "0\n1\n2\n3\n") << "3 is the directory that ls itself reads";
}

// B32: parallel tasks shared one terminal's input.
TEST_F(PosixProcessesTest, HasNothingOnStandardInput) {
  ASSERT_TRUE(shell("cat; echo end").has_value());
  EXPECT_EQ(out, "end\n");
}

TEST_F(PosixProcessesTest, SeesOnlyTheEnvironmentItIsGiven) {
  ProcessSpec env = spec({"env"});
  env.environment["ONLY"] = "this";
  ASSERT_TRUE(run(env).has_value());
  EXPECT_EQ(out, "ONLY=this\nPATH=/usr/bin:/bin\n");
}

TEST_F(PosixProcessesTest, NamesACommandThatDoesNotExist) {
  const auto exit = run(spec({"no-such-program"}));
  ASSERT_FALSE(exit.has_value());
  EXPECT_EQ(exit.error().code, Errc::not_found);
  EXPECT_THAT(exit.error().message, HasSubstr("no-such-program"));
  EXPECT_THAT(exit.error().hint, HasSubstr("/usr/bin:/bin"));
}

TEST_F(PosixProcessesTest, RunsAScriptWithoutAnInterpreterLineAsAShellWould) {
  ASSERT_TRUE(write_file_atomically(directory.path() / "script", "echo \"plain $1\"\n",
                                    Durability::none, 0755));
  ASSERT_TRUE(run(spec({"./script", "text"})).has_value());
  EXPECT_EQ(out, "plain text\n");
}

TEST_F(PosixProcessesTest, DoesNotWaitForWhatACommandLeavesBehind) {
  const auto exit = shell("echo done; sleep 300 & echo $! >&2");
  ASSERT_TRUE(exit.has_value());
  EXPECT_TRUE(exit->succeeded());
  EXPECT_EQ(out, "done\n");
  const pid_t left_behind = std::stoi(err);
  EXPECT_EQ(::kill(left_behind, 0), 0) << "a daemon is meant to stay";
  ::kill(left_behind, SIGKILL);
}

TEST_F(PosixProcessesTest, SignalsReachTheWholeGroupAndNothingStartsAfterwards) {
  std::mutex mutex;
  std::condition_variable started;
  bool is_started = false;
  Result<ProcessExit> exit = fail(Errc::io, "not run");
  std::jthread runner([&] {
    exit = processes.run(spec({"/bin/sh", "-c", "sleep 300 & echo up; wait"}),
                         [&](OutputStream, auto, std::string_view) {
                           const std::scoped_lock lock(mutex);
                           is_started = true;
                           started.notify_all();
                         });
  });
  {
    std::unique_lock lock(mutex);
    started.wait(lock, [&] { return is_started; });
  }
  processes.signal_all(SIGTERM);
  runner.join();
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->signal, SIGTERM);
  EXPECT_EQ(shell("true").error().code, Errc::canceled);
}

TEST(FindProgram, LooksInPathFromTheTasksDirectory) {
  const TempDir directory = TempDir::create().value();
  ASSERT_TRUE(write_file_atomically(directory.path() / "bin/tool", "", Durability::none, 0755));
  ASSERT_TRUE(write_file_atomically(directory.path() / "bin/data", "", Durability::none, 0644));
  fs::create_directory(directory.path() / "bin/folder");
  EXPECT_EQ(*find_program("tool", "/nowhere:bin", directory.path()),
            (directory.path() / "bin/tool").string());
  EXPECT_EQ(*find_program("bin/tool", "", directory.path()),
            (directory.path() / "bin/tool").string());
  EXPECT_FALSE(find_program("data", "bin", directory.path()).has_value()) << "not executable";
  EXPECT_FALSE(find_program("folder", "bin", directory.path()).has_value());
  EXPECT_FALSE(find_program("tool", "", directory.path()).has_value());
}

}  // namespace
}  // namespace vc::agent
