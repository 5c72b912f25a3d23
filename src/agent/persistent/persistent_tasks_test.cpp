#include "agent/persistent/persistent_tasks.hpp"

#include "agent/testing/fake_processes.hpp"
#include "agent/testing/recording_progress.hpp"
#include "core/testing/fake_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <future>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Prints, then stays until it is told to end.
Result<ProcessExit> serve(const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
  receiver(OutputStream::out, {}, spec.argv.front() + " is listening\n");
  std::promise<void> told;
  const std::stop_callback end(spec.stop, [&] { told.set_value(); });
  told.get_future().wait();
  return ProcessExit{.signal = SIGTERM};
}

struct PersistentTasksTest : testing::Test {
  RecordingProgress progress;
  FakeClock clock;
  FakeProcesses processes{serve};
  PersistentTasks tasks{processes, progress, clock};

  static PersistentSpec spec(std::optional<ReadyWhen> ready_when = {}) {
    return {.label = "web#dev",
            .identity = "first",
            .processes = {{.argv = {"server"}, .directory = "/w/web", .environment = {}}},
            .ready_when = std::move(ready_when)};
  }

  static ReadyWhen listening() {
    return {.kind = ReadyWhen::Kind::output_text, .text = "listening"};
  }
};

TEST_F(PersistentTasksTest, WithoutAConditionItIsReadyWhenItIsStarted) {
  EXPECT_TRUE(tasks.start(spec()));
  EXPECT_EQ(tasks.wait_until_ready("web#dev", {}).state, PersistentState::ready);
}

TEST_F(PersistentTasksTest, IsReadyWhenItSaysSoAndEndsWhenItIsTold) {
  EXPECT_TRUE(tasks.start(spec(listening())));
  EXPECT_EQ(tasks.wait_until_ready("web#dev", {}).state, PersistentState::ready);
  tasks.end_all();
  const auto status = tasks.status("web#dev");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->state, PersistentState::ended);
  EXPECT_EQ(status->failure, "") << "that was its end, no failure";
  EXPECT_THAT(progress.remarks, ElementsAre("web#dev: ready after 0 ms"));
  EXPECT_EQ(progress.printed["web#dev"], "server is listening\n");
}

TEST_F(PersistentTasksTest, OneThatRunsIsNotStartedAgainUnlessItIsAnother) {
  EXPECT_TRUE(tasks.start(spec(listening())));
  EXPECT_FALSE(tasks.start(spec(listening())));
  PersistentSpec other = spec(listening());
  other.identity = "second";
  EXPECT_TRUE(tasks.start(other));
  EXPECT_EQ(tasks.wait_until_ready("web#dev", {}).state, PersistentState::ready);
  tasks.end_all();
  EXPECT_EQ(processes.started().size(), 2U);
}

TEST_F(PersistentTasksTest, OneThatEndsByItselfHasFailed) {
  FakeProcesses short_lived([](const ProcessSpec&, const auto& receiver) -> Result<ProcessExit> {
    receiver(OutputStream::err, {}, "cannot bind\n");
    return ProcessExit{.status = 3};
  });
  PersistentTasks failing(short_lived, progress, clock);
  EXPECT_TRUE(failing.start(spec(listening())));
  const PersistentStatus status = failing.wait_until_ready("web#dev", {});
  EXPECT_EQ(status.state, PersistentState::ended);
  EXPECT_EQ(status.failure, "ended by itself: exit status 3");
  EXPECT_EQ(status.exit_status, 3);
  EXPECT_THAT(status.log, HasSubstr("cannot bind"));
}

TEST_F(PersistentTasksTest, OneThatIsNotReadyInTimeIsEndedAndHasFailed) {
  PersistentSpec slow = spec(ReadyWhen{.kind = ReadyWhen::Kind::output_text, .text = "never"});
  slow.timeout = std::chrono::seconds(30);
  EXPECT_TRUE(tasks.start(slow));
  clock.advance(std::chrono::seconds(30));
  const PersistentStatus status = tasks.wait_until_ready("web#dev", {});
  EXPECT_EQ(status.state, PersistentState::ended);
  EXPECT_EQ(status.failure, "not ready after 30 s");
  EXPECT_EQ(status.cause, FailureCause::timeout);
}

TEST_F(PersistentTasksTest, WhoeverWaitsCanBeStopped) {
  EXPECT_TRUE(tasks.start(spec(ReadyWhen{.kind = ReadyWhen::Kind::output_text, .text = "never"})));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(tasks.wait_until_ready("web#dev", stop.get_token()).state, PersistentState::starting);
}

TEST_F(PersistentTasksTest, RunsWhatComesBeforeItOneAfterTheOther) {
  FakeProcesses scripts([](const ProcessSpec& what, const auto& receiver) -> Result<ProcessExit> {
    return what.argv.front() == "pre" ? ProcessExit{} : serve(what, receiver);
  });
  PersistentTasks both(scripts, progress, clock);
  PersistentSpec two = spec(listening());
  two.processes.insert(two.processes.begin(),
                       {.argv = {"pre"}, .directory = "/w/web", .environment = {}});
  EXPECT_TRUE(both.start(two));
  EXPECT_EQ(both.wait_until_ready("web#dev", {}).state, PersistentState::ready);
  both.end_all();
  EXPECT_EQ(scripts.specs().size(), 2U);
}

}  // namespace
}  // namespace vc::agent
