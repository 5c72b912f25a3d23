#include "agent/task_lock.hpp"

#include "agent/state_directory.hpp"
#include "core/fd.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

namespace vc::agent {
namespace {

struct TaskLockTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path state = temp.path() / ".velocity";

  Result<TaskLock> acquire(std::string_view label, const std::stop_token& stop = {}) const {
    return TaskLock::acquire(state, label, stop);
  }
};

TEST_F(TaskLockTest, OnePerTaskAndManyAtOnce) {
  const auto web = acquire("web#build");
  const auto api = acquire("api#build");
  ASSERT_TRUE(web);
  ASSERT_TRUE(api);
  EXPECT_FALSE(web->waited());
  EXPECT_EQ(read_file(state / ".gitignore").value(), "*\n");
}

TEST_F(TaskLockTest, AStopRequestEndsTheWait) {
  const auto held = acquire("web#build");
  std::stop_source stop;
  std::latch waiting(1);
  Result<void> outcome;
  std::jthread waiter([&] {
    waiting.count_down();
    const auto lock = acquire("web#build", stop.get_token());
    outcome = lock ? Result<void>{} : std::unexpected(lock.error());
  });
  waiting.wait();
  stop.request_stop();
  waiter.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::canceled);
}

TEST_F(TaskLockTest, WhoWaitedIsTold) {
  std::optional<TaskLock> held = acquire("web#build").value();
  // Every attempt opens the file and, in vain, closes it: then somebody has waited.
  const UniqueFd closings(::inotify_init1(IN_CLOEXEC));
  const fs::path file = state / "locks" / state_name("web#build");
  ASSERT_GE(::inotify_add_watch(closings.get(), file.c_str(), IN_CLOSE), 0);
  bool waited = false;
  std::jthread waiter([&] {
    const auto lock = acquire("web#build");
    waited = lock && lock->waited();
  });
  inotify_event closing{};
  EXPECT_EQ(::read(closings.get(), &closing, sizeof closing), sizeof closing);
  held.reset();
  waiter.join();
  EXPECT_TRUE(waited);
}

TEST_F(TaskLockTest, ThreadsNeverHoldItTogether) {
  std::atomic<int> inside = 0;
  std::atomic<bool> together = false;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int round = 0; round < 10; ++round) {
          const auto lock = acquire("web#build");
          together = together || !lock || inside.fetch_add(1) != 0;
          inside.fetch_sub(1);
        }
      });
    }
  }
  EXPECT_FALSE(together);
}

TEST_F(TaskLockTest, AProcessThatIsKilledLetsGo) {
  ASSERT_TRUE(acquire("web#build"));  // Makes the directories before the fork.
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = acquire("web#build");
    static_cast<void>(::write(ready[1], lock ? "y" : "n", 1));
    ::pause();
    ::_exit(0);
  }
  char locked = 0;
  ASSERT_EQ(::read(ready[0], &locked, 1), 1);
  EXPECT_EQ(locked, 'y');
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(acquire("web#build", stop.get_token()).error().code, Errc::canceled);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(acquire("web#build", stop.get_token()));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(TaskLockTest, ALockWhoseFileWasRemovedIsAnotherLock) {
  const auto orphan = acquire("web#build");
  fs::remove_all(state / "locks");
  const auto lock = acquire("web#build");
  EXPECT_TRUE(lock);
  EXPECT_TRUE(fs::exists(state / "locks" / state_name("web#build")));
}

TEST_F(TaskLockTest, AStateDirectoryThatCannotBeMadeIsAnErrorWithThePath) {
  ASSERT_TRUE(write_file_atomically(state, "a file"));
  const auto lock = acquire("web#build");
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().message.find(state.native()), std::string::npos);
}

}  // namespace
}  // namespace vc::agent
