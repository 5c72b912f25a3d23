#include "agent/executor.hpp"

#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <atomic>
#include <condition_variable>
#include <latch>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct ExecutorTest : testing::Test {
  TestWorkspace workspace;
  FakeGateway gateway;

  TestRun run(const SelectionArguments& arguments = {.tasks = {"build"}},
              FailurePolicy policy = FailurePolicy::stop) {
    FakeProcesses processes(TestWorkspace::make);
    TestRun result = workspace.run(processes, gateway, arguments, policy);
    started = processes.started();
    return result;
  }

  std::vector<std::string> started;
};

// B19: each task of a diamond ran once for every path to it.
TEST_F(ExecutorTest, RunsEachTaskOnceInOrderAndSaysMiss) {
  const TestRun cold = run();
  EXPECT_EQ(cold.usage_error, 0) << cold.errors;
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(cold.progress->misses.front(), "base#build");
  EXPECT_EQ(cold.progress->misses.back(), "top#build");
  EXPECT_EQ(cold.count(TaskResult::succeeded), 4U);
  EXPECT_THAT(cold.progress->notices, IsEmpty());
}

TEST_F(ExecutorTest, AsksNobodyWhenEverythingIsInPlace) {
  run();
  const int before = gateway.requests();
  const TestRun again = run();
  EXPECT_EQ(again.count(TaskResult::hit_local), 4U);
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(gateway.requests(), before) << "a no-op used the network";
}

// B15, B16: a hit restored nothing and said HIT.
TEST_F(ExecutorTest, BringsOutputsBackFromTheLocalCacheWithoutTheNetwork) {
  run();
  workspace.remove_outputs();
  const int before = gateway.requests();
  const TestRun again = run();
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(again.count(TaskResult::hit_local), 4U);
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
  EXPECT_EQ(gateway.requests(), before);
}

TEST_F(ExecutorTest, BringsOutputsBackFromTheRemoteCacheInOneNegotiation) {
  run();
  EXPECT_EQ(gateway.objects.size(), 4U);
  workspace.remove_outputs();
  workspace.remove(".velocity");
  gateway.counts.clear();
  const TestRun again = run();
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(again.count(TaskResult::hit_remote), 4U);
  EXPECT_EQ(workspace.read("packages/left/dist/a.txt"), "left\n");
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), 1);
  EXPECT_EQ(gateway.count("GET store"), 4);
  EXPECT_EQ(gateway.count("PUT store"), 0) << "only what this process executed is uploaded";

  // A remote hit fills the local cache.
  workspace.remove_outputs();
  const int before = gateway.requests();
  EXPECT_EQ(run().count(TaskResult::hit_local), 4U);
  EXPECT_EQ(gateway.requests(), before);
}

// B9: the token went wherever a ticket pointed.
TEST_F(ExecutorTest, SendsTheTokenToTheGatewayAlone) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  run();
  EXPECT_GT(gateway.count("GET store") + gateway.count("PUT store"), 4);
  for (const std::string& url : gateway.authorized_urls) {
    EXPECT_THAT(url, testing::StartsWith("http://cache.test/v1/"));
  }
}

// B33: a hit printed nothing.
// What was in place when the run began was reported as a hit, although `clean` had removed it.
TEST_F(ExecutorTest, WhatATaskBeforeItRemovesIsPutBack) {
  workspace.write("velocity.yml",
                  fmt::format("{}      - clean\n  clean: {{command: \"wipe it\", cache: false}}\n",
                              "version: 1\npipeline:\n  build:\n    command: \"make it\"\n"
                              "    inputs: [\"src/**\"]\n    outputs: [\"dist/**\"]\n"
                              "    depends_on:\n"));
  const auto work = [](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    if (spec.argv.front() == "wipe") {
      fs::remove_all(spec.directory / "dist");
      return Result<ProcessExit>(ProcessExit{});
    }
    return TestWorkspace::make(spec, receiver);
  };
  for (const TaskResult expected :
       {TaskResult::succeeded, TaskResult::hit_local, TaskResult::hit_local}) {
    FakeProcesses processes(work);
    const TestRun ran = workspace.run(processes, gateway);
    ASSERT_EQ(ran.usage_error, 0) << ran.errors;
    EXPECT_EQ(ran.count(expected), expected == TaskResult::succeeded ? 8U : 4U);
    EXPECT_EQ(workspace.read("packages/base/dist/a.txt"), "base\n");
  }
}

TEST_F(ExecutorTest, ReplaysTheLogOnEveryKindOfHit) {
  EXPECT_EQ(run().progress->printed["base#build"], "making base\n");
  EXPECT_EQ(run().progress->printed["base#build"], "making base\n") << "in place";
  workspace.remove_outputs();
  EXPECT_EQ(run().progress->printed["base#build"], "making base\n") << "local";
  workspace.remove_outputs();
  workspace.remove(".velocity");
  EXPECT_EQ(run().progress->printed["base#build"], "making base\n") << "remote";
}

TEST_F(ExecutorTest, RunsAfterAnEditOnlyWhatDependsOnIt) {
  run();
  workspace.write("packages/left/src/a.txt", "edited\n");
  const TestRun again = run();
  EXPECT_THAT(started, ElementsAre("left", "top"));
  EXPECT_EQ(again.count(TaskResult::hit_local), 2U);
  EXPECT_EQ(workspace.read("packages/left/dist/a.txt"), "edited\n");
}

TEST_F(ExecutorTest, StartsNothingNewAfterAFailureAndCachesNoFailure) {
  const auto left_fails = [](const ProcessSpec& spec,
                             const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    if (spec.directory.filename() == "left") {
      receiver(OutputStream::err, {}, "left is broken\n");
      return ProcessExit{.status = 3};
    }
    return TestWorkspace::make(spec, receiver);
  };
  for (int round = 0; round < 2; ++round) {
    FakeProcesses processes(left_fails);
    const TestRun result = workspace.run(processes, gateway);
    EXPECT_EQ(result.count(TaskResult::failed), 1U) << "round " << round;
    EXPECT_FALSE(fs::exists(workspace.root() / "packages/top/dist"));
    const auto failure =
        std::ranges::find(result.outcome.reports, TaskResult::failed, &TaskReport::result);
    EXPECT_EQ(failure->label, "left#build");
    EXPECT_EQ(failure->exit_status, 3);
    EXPECT_EQ(failure->why, "exit status 3");
    EXPECT_THAT(failure->log, HasSubstr("left is broken"));
    EXPECT_THAT(failure->withheld_variables, testing::Contains("TEST_TOKEN"));
  }
}

TEST_F(ExecutorTest, ContinuesWithWhatDoesNotDependOnAFailure) {
  FakeProcesses processes([](const ProcessSpec& spec,
                             const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    return spec.directory.filename() == "left" ? Result<ProcessExit>(ProcessExit{.signal = SIGSEGV})
                                               : TestWorkspace::make(spec, receiver);
  });
  const TestRun result =
      workspace.run(processes, gateway, {.tasks = {"build"}}, FailurePolicy::keep_going);
  EXPECT_THAT(processes.started(), ElementsAre("base", "left", "right"));
  EXPECT_EQ(result.count(TaskResult::skipped), 1U);
  const auto failure =
      std::ranges::find(result.outcome.reports, TaskResult::failed, &TaskReport::result);
  EXPECT_EQ(failure->why, "killed by SIGSEGV");
  EXPECT_EQ(failure->exit_status, 139);
}

TEST_F(ExecutorTest, WhatRunsInSpiteOfAFailedDependencyIsNotStored) {
  bool is_broken = true;
  FakeProcesses processes([&](const ProcessSpec& spec,
                              const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    return is_broken && spec.directory.filename() == "left"
               ? Result<ProcessExit>(ProcessExit{.status = 1})
               : TestWorkspace::make(spec, receiver);
  });
  const TestRun broken =
      workspace.run(processes, gateway, {.tasks = {"build"}}, FailurePolicy::always);
  EXPECT_THAT(processes.started(), ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(broken.count(TaskResult::failed), 1U);
  EXPECT_EQ(broken.count(TaskResult::succeeded), 3U);

  is_broken = false;
  workspace.remove_outputs();
  const TestRun repaired = workspace.run(processes, gateway);
  EXPECT_EQ(repaired.count(TaskResult::hit_local), 2U) << "base and right";
  EXPECT_EQ(repaired.count(TaskResult::succeeded), 2U) << "left, and top, made beside a failure";
}

TEST_F(ExecutorTest, ReportsACommandThatDoesNotExistAsAShellWould) {
  FakeProcesses processes(
      [](const ProcessSpec&, const Processes::OutputReceiver&) -> Result<ProcessExit> {
        return fail(Errc::not_found, "make: command not found");
      });
  const TestRun result = workspace.run(processes, gateway);
  const auto failure =
      std::ranges::find(result.outcome.reports, TaskResult::failed, &TaskReport::result);
  EXPECT_EQ(failure->exit_status, 127);
  EXPECT_THAT(failure->log, HasSubstr("make: command not found"));
}

// The same result, but printed later than the first time: other archives, equal outputs.
TEST_F(ExecutorTest, ForceReadsNothingAndStillWrites) {
  FakeProcesses slow([](const ProcessSpec& spec,
                        const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    receiver(OutputStream::out, std::chrono::seconds(7), "at last\n");
    return TestWorkspace::make(spec, receiver);
  });
  const SelectionArguments force{.tasks = {"build"}, .reuse = Reuse::forbidden};
  run();
  const TestRun over_local = workspace.run(slow, gateway, force);
  EXPECT_THAT(slow.started(), ElementsAre("base", "left", "right", "top"));
  EXPECT_THAT(over_local.progress->notices, IsEmpty()) << "the same result is no news";
  workspace.remove_outputs();
  EXPECT_EQ(run().count(TaskResult::hit_local), 4U);

  workspace.remove(".velocity/cache");
  const TestRun over_remote = workspace.run(slow, gateway, force);
  EXPECT_THAT(over_remote.progress->notices, IsEmpty());
}

TEST_F(ExecutorTest, ForceTellsOnceWhenTheResultDiffersFromTheStoredOne) {
  run();
  FakeProcesses other(
      [](const ProcessSpec& spec, const Processes::OutputReceiver&) -> Result<ProcessExit> {
        EXPECT_TRUE(write_file_atomically(spec.directory / "dist/a.txt", "something else"));
        return ProcessExit{};
      });
  const SelectionArguments force{.tasks = {"base#build"}, .reuse = Reuse::forbidden};
  const auto told_once = ElementsAre(HasSubstr("differs from the cached result"));
  EXPECT_THAT(workspace.run(other, gateway, force).progress->notices, told_once) << "local";
  workspace.remove(".velocity/cache");
  EXPECT_THAT(workspace.run(other, gateway, force).progress->notices, told_once) << "remote";
}

TEST_F(ExecutorTest, NoCacheWritesNothing) {
  const SelectionArguments no_cache{
      .tasks = {"build"}, .local = TierAccess::read, .remote = TierAccess::read};
  run(no_cache);
  EXPECT_TRUE(gateway.objects.empty());
  run(no_cache);
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
}

TEST_F(ExecutorTest, WithoutALocalCacheTheRemoteOneServesAndTakes) {
  const SelectionArguments remote_only{.tasks = {"build"}, .local = TierAccess::none};
  run(remote_only);
  EXPECT_EQ(gateway.objects.size(), 4U);
  workspace.remove_outputs();
  const TestRun again = run(remote_only);
  EXPECT_EQ(again.count(TaskResult::hit_remote), 4U);
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
  EXPECT_FALSE(fs::exists(workspace.root() / ".velocity/cache"));
}

TEST_F(ExecutorTest, DoesNotStoreAResultWhoseInputsWereEditedNorThoseOfItsDependents) {
  FakeProcesses processes([&](const ProcessSpec& spec,
                              const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    auto result = TestWorkspace::make(spec, receiver);
    if (spec.directory.filename() == "left") {
      workspace.write("packages/left/src/a.txt", "edited while it ran\n");
    }
    return result;
  });
  const TestRun result = workspace.run(processes, gateway);
  EXPECT_EQ(result.count(TaskResult::succeeded), 4U);
  EXPECT_EQ(gateway.objects.size(), 2U) << "base and right";
  EXPECT_THAT(result.progress->notices, ElementsAre(HasSubstr("src/a.txt changed while it ran")));
}

TEST_F(ExecutorTest, OutputsThatMatchNothingAreAWarningAndNotStored) {
  FakeProcesses idle(
      [](const ProcessSpec&, const Processes::OutputReceiver&) { return ProcessExit{}; });
  const TestRun result = workspace.run(idle, gateway, {.tasks = {"base#build"}});
  EXPECT_THAT(result.progress->notices, ElementsAre(HasSubstr("dist/**")));
  EXPECT_TRUE(gateway.objects.empty());
  EXPECT_EQ(result.count(TaskResult::succeeded), 1U);
}

// B17: a task without outputs was stored as zero bytes; its log is its result.
TEST_F(ExecutorTest, CachesATaskWithoutOutputsByItsLog) {
  std::string config(TestWorkspace::kConfig);
  config.replace(config.find("[\"dist/**\"]"), 11, "[]");
  const TestWorkspace lint{config};
  const auto prints = [](const ProcessSpec&, const Processes::OutputReceiver& receiver) {
    receiver(OutputStream::out, {}, "all is well\n");
    return ProcessExit{};
  };
  FakeProcesses first(prints);
  lint.run(first, gateway);
  FakeProcesses second(prints);
  TestRun again = lint.run(second, gateway);
  EXPECT_THAT(second.started(), IsEmpty());
  EXPECT_EQ(again.progress->printed["base#build"], "all is well\n");
}

TEST_F(ExecutorTest, NeverUploadsALogWithASecretInIt) {
  workspace.environment.set("DEPLOY_TOKEN", "hunter2hunter2");
  FakeProcesses leaky([](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    receiver(OutputStream::out, {}, "token is hunter2");
    receiver(OutputStream::out, {}, "hunter2\n");
    return TestWorkspace::make(spec, receiver);
  });
  const TestRun result = workspace.run(leaky, gateway, {.tasks = {"base#build"}});
  EXPECT_TRUE(gateway.objects.empty());
  EXPECT_THAT(result.progress->notices, ElementsAre(HasSubstr("DEPLOY_TOKEN")));
}

TEST_F(ExecutorTest, RefusesToRemoveATaskInputThatMatchesTheOutputs) {
  std::string config(TestWorkspace::kConfig);
  config.replace(config.find("src/**"), 6, "dist/keep.txt");
  const TestWorkspace clumsy{config};
  clumsy.write("packages/base/dist/keep.txt", "by hand\n");
  FakeProcesses processes(TestWorkspace::make);
  const TestRun result = clumsy.run(processes, gateway, {.tasks = {"base#build"}});
  EXPECT_EQ(clumsy.read("packages/base/dist/keep.txt"), "by hand\n");
  EXPECT_THAT(processes.started(), IsEmpty());
}

// Damage in the last of an archive, and in its entry's header.
TEST_F(ExecutorTest, ADamagedLocalEntryIsAMissWithOneWarningAndIsPutRight) {
  for (const bool in_header : {false, true}) {
    run();
    workspace.remove_outputs();
    std::vector<fs::path> entries;
    for (const auto& file :
         fs::recursive_directory_iterator(workspace.root() / ".velocity/cache")) {
      if (file.path().string().ends_with(".tar.zst")) {
        entries.push_back(file.path());
      }
    }
    ASSERT_EQ(entries.size(), 4U);
    std::string bytes = read_file(entries[0]).value();
    char& victim = bytes[in_header ? 20 : bytes.size() - 20];
    victim = static_cast<char>(victim ^ 0x40);
    ASSERT_TRUE(write_file_atomically(entries[0], bytes));
    fs::remove_all(workspace.root() / ".velocity/outputs");
    gateway.objects.clear();

    const TestRun again = run();
    EXPECT_EQ(again.progress->notices.size(), 1U) << "in the header: " << in_header;
    EXPECT_EQ(again.count(TaskResult::hit_local), 3U);
    workspace.remove_outputs();
    EXPECT_EQ(run().count(TaskResult::hit_local), 4U);
  }
}

// B32: Ctrl-C was not handled at all.
TEST_F(ExecutorTest, AnInterruptionPassesTheSignalOnAndStartsNothingNew) {
  Executor* executor = nullptr;
  workspace.with_executor = [&](Executor& made) { executor = &made; };
  FakeProcesses processes([&](const ProcessSpec& spec,
                              const Processes::OutputReceiver& receiver) -> Result<ProcessExit> {
    if (spec.directory.filename() == "base") {
      executor->interrupt(SIGINT);
      executor->interrupt(SIGINT);
      return ProcessExit{.signal = SIGINT};
    }
    return TestWorkspace::make(spec, receiver);
  });
  const TestRun result = workspace.run(processes, gateway);
  EXPECT_THAT(processes.started(), ElementsAre("base"));
  EXPECT_THAT(processes.signals(), ElementsAre(SIGINT, SIGKILL));
  EXPECT_EQ(result.outcome.signal, SIGINT);
  EXPECT_EQ(result.count(TaskResult::interrupted), 1U);
  EXPECT_EQ(result.count(TaskResult::skipped), 3U);

  workspace.with_executor = {};
  EXPECT_EQ(run().count(TaskResult::succeeded), 4U) << "nothing of it was believed";
}

TEST_F(ExecutorTest, AnInterruptionBeforeTheFirstTaskLeavesHitsWhereTheyAre) {
  run();
  workspace.remove_outputs();
  workspace.with_executor = [](Executor& executor) { executor.interrupt(SIGTERM); };
  const TestRun result = run();
  EXPECT_EQ(result.outcome.signal, SIGTERM);
  EXPECT_EQ(result.count(TaskResult::skipped), 4U);
  EXPECT_FALSE(fs::exists(workspace.root() / "packages/base/dist"));
}

TEST_F(ExecutorTest, GivesArgumentsToTheNamedTaskOnly) {
  FakeProcesses processes(TestWorkspace::make);
  workspace.run(processes, gateway, {.tasks = {"left#build"}, .pass_through = {"--fast", "a b"}});
  for (const ProcessSpec& spec : processes.specs()) {
    if (spec.directory.filename() == "left") {
      EXPECT_THAT(spec.argv, ElementsAre("make", "it", "--fast", "a b"));
    } else {
      EXPECT_THAT(spec.argv, ElementsAre("make", "it"));
    }
  }
}

TEST_F(ExecutorTest, RunsIndependentTasksAtTheSameTime) {
  std::latch both(2);
  FakeProcesses processes([&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    const auto name = spec.directory.filename();
    if (name == "left" || name == "right") {
      both.arrive_and_wait();  // Hangs unless the other one runs meanwhile.
    }
    return TestWorkspace::make(spec, receiver);
  });
  EXPECT_EQ(workspace.run(processes, gateway).count(TaskResult::succeeded), 4U);
}

// A token that may read other scopes than before must not be served the old one's entries.
TEST_F(ExecutorTest, ServesLocalEntriesOnlyOfScopesThatMayBeRead) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity/rights");
  workspace.remove(".velocity/outputs");
  gateway.rights.read_scopes = {"pr/1"};
  gateway.rights.write_scope = "pr/1";
  gateway.objects.clear();
  const TestRun other = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(other.count(TaskResult::hit_local), 0U);
}

TEST_F(ExecutorTest, ATokenThatMayOnlyReadUploadsNothingAndSaysNothing) {
  gateway.rights.write_scope = "";
  const TestRun result = run();
  EXPECT_EQ(result.count(TaskResult::succeeded), 4U);
  EXPECT_TRUE(gateway.objects.empty());
  EXPECT_THAT(result.progress->notices, IsEmpty());
}

}  // namespace
}  // namespace vc::agent
