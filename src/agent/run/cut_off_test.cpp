// Runs with edges on outputs: what a user of unchanged outputs does, and when it knows.
#include "agent/run/testing/cut_off.hpp"

#include "agent/testing/test_workspace.hpp"
#include "wire/vcmeta.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace vc::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct CutOffTest : testing::Test {
  explicit CutOffTest(std::string_view config = kCutOffConfig) : workspace(config) {}

  TestRun run(const SelectionArguments& arguments = {.tasks = {"build"}},
              FailurePolicy policy = FailurePolicy::stop) {
    FakeProcesses processes(make);
    TestRun result = workspace.run(processes, gateway, arguments, policy);
    EXPECT_EQ(result.usage_error, 0) << result.errors;
    started = processes.started();
    return result;
  }

  void edit(const std::string& package, std::string_view text) const {
    workspace.write("packages/" + package + "/src/a.txt", text);
  }

  TestWorkspace workspace;
  FakeGateway gateway;
  FakeProcesses::Behaviour make = make_first_line;
  std::vector<std::string> started;
};

TEST_F(CutOffTest, AColdRunDoesEachTaskOnce) {
  const TestRun cold = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(cold.count(TaskResult::succeeded), 4U);
  EXPECT_THAT(cold.progress->notices, IsEmpty());
  EXPECT_EQ(gateway.objects.size(), 4U);
  for (const TaskReport& report : cold.outcome.reports) {
    EXPECT_NE(report.key, Digest()) << report.label;
  }
}

TEST_F(CutOffTest, ANoOpKnowsEveryKeyWithoutRunningAnything) {
  run();
  const int before = gateway.requests();
  const TestRun again = run();
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(again.count(TaskResult::hit_local), 4U);
  EXPECT_EQ(gateway.requests(), before) << "a no-op used the network";
}

TEST_F(CutOffTest, ACommentInADependencyRunsTheDependencyAlone) {
  run();
  edit("base", "base\n// a comment\n");
  const TestRun again = run();
  EXPECT_THAT(started, ElementsAre("base"));
  EXPECT_EQ(again.count(TaskResult::hit_local), 3U);
}

TEST_F(CutOffTest, AChangedOutputRunsItsUsersAndStopsWhereNothingChanges) {
  run();
  edit("base", "other\n");
  run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right"))
      << "left and right make what they made before, so that top has nothing to do";
}

TEST_F(CutOffTest, WhatWasOnceMadeIsFoundAgainWhenTheChangeIsUndone) {
  run();
  edit("base", "other\n");
  run();
  edit("base", "base\n");
  run();
  EXPECT_THAT(started, IsEmpty());
}

TEST_F(CutOffTest, AFreshCloneFindsEverythingWithOneBatchAWave) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  gateway.counts.clear();
  const TestRun clone = run();
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(clone.count(TaskResult::hit_remote), 4U);
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), 3) << "base; left and right; top";
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
}

TEST_F(CutOffTest, ACommentInAFreshCloneTakesTheOthersFromTheRemote) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  gateway.counts.clear();
  edit("base", "base\n// a comment\n");
  const TestRun clone = run();
  EXPECT_THAT(started, ElementsAre("base"));
  EXPECT_EQ(clone.count(TaskResult::hit_remote), 3U);
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), 3);
  EXPECT_EQ(workspace.read("packages/left/dist/a.txt"), "left\n");
}

TEST_F(CutOffTest, AHitThatIsNotRestoredStillSaysWhatItMade) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  const TestRun clone = run({.tasks = {"build"}, .packages = {"top"}});
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(workspace.read("packages/base/dist/a.txt"), "(absent)") << "nobody needs it";
  EXPECT_EQ(workspace.read("packages/top/dist/a.txt"), "top\n");
  EXPECT_EQ(clone.count(TaskResult::hit_remote), 4U);
}

TEST_F(CutOffTest, WhatWasLeftIsFetchedForAUserThatMissesLate) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  edit("left", "anew\n");
  workspace.configure = [](RunContext& context) { context.options.concurrency = 2; };
  make = [&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    EXPECT_EQ(workspace.read("packages/base/dist/a.txt"), "base\n");
    if (spec.directory.filename() == "top") {
      EXPECT_EQ(workspace.read("packages/right/dist/a.txt"), "right\n");
    }
    return make_first_line(spec, receiver);
  };
  run({.tasks = {"build"}, .packages = {"top"}});
  EXPECT_THAT(started, ElementsAre("left", "top"));
}

TEST_F(CutOffTest, ForceRunsEverythingAndFindsTheSameKeys) {
  const TestRun cold = run();
  SelectionArguments arguments{.tasks = {"build"}};
  arguments.reuse = Reuse::forbidden;
  const TestRun forced = run(arguments);
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  for (std::size_t task = 0; task < 4; ++task) {
    EXPECT_EQ(forced.outcome.reports[task].key, cold.outcome.reports[task].key);
  }
}

TEST_F(CutOffTest, WithoutAnyCacheTheOrderIsKept) {
  SelectionArguments arguments{.tasks = {"build"}};
  arguments.local = TierAccess::none;
  arguments.remote = TierAccess::none;
  const TestRun bare = run(arguments);
  EXPECT_EQ(bare.count(TaskResult::succeeded), 4U);
  EXPECT_THAT(bare.progress->notices, IsEmpty());
}

TEST_F(CutOffTest, WhatComesAfterAFailureIsSkippedOrRunsUnkept) {
  edit("base", "broken\n");
  const TestRun stopped = run({.tasks = {"build"}}, FailurePolicy::keep_going);
  EXPECT_EQ(stopped.count(TaskResult::skipped), 3U);
  const TestRun all = run({.tasks = {"build"}}, FailurePolicy::always);
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(all.count(TaskResult::succeeded), 3U);
  EXPECT_THAT(gateway.objects, IsEmpty()) << "they were made of who knows what";
}

TEST_F(CutOffTest, InputsEditedDuringTheRunLeaveUsersUnkept) {
  std::once_flag edited;
  make = [&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    auto exit = make_first_line(spec, receiver);
    if (spec.directory.filename() == "base") {
      std::call_once(edited, [&] { edit("base", "edited meanwhile\n"); });
    }
    return exit;
  };
  const TestRun first = run();
  EXPECT_EQ(first.count(TaskResult::succeeded), 4U);
  EXPECT_THAT(gateway.objects, IsEmpty());
  const TestRun second = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(gateway.objects.size(), 4U);
}

TEST_F(CutOffTest, OutputsThatChangeWhileAUserRunsLeaveItUnkept) {
  make = [&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    if (spec.directory.filename() == "left") {
      workspace.write("packages/base/dist/a.txt", "by somebody else\n");
    }
    return make_first_line(spec, receiver);
  };
  SelectionArguments arguments{.tasks = {"build"}, .packages = {"left"}};
  const TestRun first = run(arguments);
  EXPECT_EQ(first.count(TaskResult::succeeded), 2U);
  EXPECT_THAT(first.progress->notices,
              testing::Contains(testing::HasSubstr("outputs of base#build changed while it ran")));
  EXPECT_EQ(gateway.objects.size(), 1U) << "base alone";
  make = make_first_line;
  run(arguments);
  EXPECT_THAT(started, ElementsAre("left"));
}

// Its digest is told by the seal; what arrives is not what was sealed, so that it is made anew.
TEST_F(CutOffTest, AHitGoneBadIsMadeAnewAndItsUsersKeepTheirKeys) {
  run();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  for (auto& [key, object] : gateway.objects) {
    object.body.back() = static_cast<char>(object.body.back() ^ 1);
  }
  const TestRun clone = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(clone.count(TaskResult::succeeded), 4U);
  const TestRun again = run();
  EXPECT_THAT(started, IsEmpty());
}

// Made anew it is another thing: what users have in their keys is no longer true.
TEST_F(CutOffTest, AHitGoneBadThatIsMadeDifferentlyLeavesItsUsersUnkept) {
  run();
  const std::size_t stored = gateway.objects.size();
  workspace.remove_outputs();
  workspace.remove(".velocity");
  for (auto& [key, object] : gateway.objects) {
    object.body.back() = static_cast<char>(object.body.back() ^ 1);
  }
  make = [&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    auto exit = make_first_line(spec, receiver);
    if (spec.directory.filename() == "base") {
      EXPECT_TRUE(write_file_atomically(spec.directory / "dist/a.txt", "of its own will\n"));
    }
    return exit;
  };
  const TestRun clone = run();
  EXPECT_EQ(clone.count(TaskResult::succeeded), 4U);
  EXPECT_EQ(gateway.objects.size(), stored);
  const fs::path outputs = workspace.root() / ".velocity" / "outputs";
  EXPECT_EQ(std::distance(fs::directory_iterator(outputs), fs::directory_iterator()), 1)
      << "base alone has a result that belongs to its key";
}

// The gateway's own seal, on a claim that its uploader made up.
TEST_F(CutOffTest, ASealThatSaysOtherOutputsThanThereAreIsRefused) {
  const TestRun cold = run();
  const std::string base = cold.outcome.reports.front().key.hex();
  ASSERT_EQ(cold.outcome.reports.front().label, "base#build");
  FakeGateway::Object& object = gateway.objects.at(base);
  wire::ArtifactMeta meta = wire::read_vcmeta_unverified(object.vcmeta).value().meta;
  meta.provenance["outputs"] = sha256("made up").hex();
  object.vcmeta = wire::seal_vcmeta(meta, gateway.seal_key);
  workspace.remove_outputs();
  workspace.remove(".velocity");
  const TestRun clone = run();
  EXPECT_THAT(started, ElementsAre("base", "left", "right", "top"));
  EXPECT_EQ(gateway.objects.size(), 4U) << "no result of a key that counts what was made up";
  ASSERT_EQ(gateway.reports.size(), 1U);
  EXPECT_EQ(gateway.reports.front().hash, base);
  EXPECT_THAT(gateway.reports.front().reason, testing::HasSubstr("other outputs than its seal"));
  const TestRun again = run();
  EXPECT_THAT(started, IsEmpty()) << "base is known here, and by it the keys of the others";
  EXPECT_EQ(again.count(TaskResult::hit_remote), 3U);
}

TEST_F(CutOffTest, ASealWithoutTheDigestIsPutInPlaceFirst) {
  const TestRun cold = run();
  const std::string base = cold.outcome.reports.front().key.hex();
  FakeGateway::Object& object = gateway.objects.at(base);
  wire::ArtifactMeta meta = wire::read_vcmeta_unverified(object.vcmeta).value().meta;
  meta.provenance.erase("outputs");
  object.vcmeta = wire::seal_vcmeta(meta, gateway.seal_key);
  workspace.remove_outputs();
  workspace.remove(".velocity");
  const TestRun clone = run({.tasks = {"build"}, .packages = {"top"}});
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(clone.count(TaskResult::hit_remote), 4U);
  EXPECT_EQ(workspace.read("packages/base/dist/a.txt"), "base\n");
  EXPECT_EQ(workspace.read("packages/left/dist/a.txt"), "(absent)");
}

TEST_F(CutOffTest, WithTheRemoteGoneTheLocalCacheCutsOff) {
  run();
  edit("base", "base\n// a comment\n");
  gateway.fault = [](auto, int) { return fail(Errc::unavailable, "no route"); };
  run();
  EXPECT_THAT(started, ElementsAre("base"));
}

struct MixedEdgesTest : CutOffTest {
  static constexpr std::string_view kConfig = R"(version: 1
pipeline:
  generate:
    command: "make it"
    inputs: ["src/**"]
    outputs: ["dist/**"]
    cache: false
  build:
    command: "make it too"
    inputs: ["own/**"]
    outputs: ["out/**"]
    depends_on: [{task: generate, on: outputs}]
  test:
    command: "make it last"
    inputs: ["tests/**"]
    outputs_optional: true
    outputs: ["report/**"]
    depends_on: [build]
)";

  MixedEdgesTest() : CutOffTest(kConfig) {
    for (const char* name : {"base", "left", "right", "top"}) {
      workspace.write(std::string("packages/") + name + "/own/b.txt", "own");
      workspace.write(std::string("packages/") + name + "/tests/c.txt", "test");
    }
    make = [this](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
      const std::string command = spec.argv.back();
      {
        const std::scoped_lock lock(mutex);
        commands.insert(command);
      }
      if (command.ends_with("last")) {
        return Result<ProcessExit>(ProcessExit{});
      }
      if (!command.ends_with("too")) {
        return make_first_line(spec, receiver);
      }
      EXPECT_TRUE(write_file_atomically(spec.directory / "out/b.txt", "built"));
      return Result<ProcessExit>(ProcessExit{});
    };
  }

  std::size_t ran(std::string_view end) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        commands, [&](const std::string& command) { return command.ends_with(end); }));
  }

  std::mutex mutex;
  std::multiset<std::string> commands;
};

TEST_F(MixedEdgesTest, ATaskThatIsNeverCachedCutsOffToo) {
  const SelectionArguments arguments{.tasks = {"test"}};
  run(arguments);
  EXPECT_EQ(commands.size(), 12U);
  commands.clear();
  const TestRun again = run(arguments);
  EXPECT_EQ(commands.size(), 4U) << "generate alone: it is never cached";
  EXPECT_EQ(again.count(TaskResult::hit_local), 8U)
      << "test counts the key of build, which is deferred, and is deferred with it";
  commands.clear();
  edit("left", "other\n");
  run(arguments);
  EXPECT_EQ(ran("too"), 1U);
  EXPECT_EQ(ran("last"), 1U);
}

}  // namespace
}  // namespace vc::agent
