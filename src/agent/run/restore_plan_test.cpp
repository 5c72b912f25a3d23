#include "agent/run/restore_plan.hpp"

#include "agent/testing/test_workspace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kBuildAndTest = R"(version: 1
remote:
  url: "http://cache.test"
  token: "${TEST_TOKEN}"
pipeline:
  build:
    command: "make it"
    inputs: ["src/**"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
  test:
    command: "check it"
    inputs: ["test/**"]
    outputs: ["report/**"]
    depends_on: ["build"]
)";

constexpr const char* kPackages[] = {"base", "left", "right", "top"};

struct RestorePlanTest : ::testing::Test {
  RestorePlanTest() {
    for (const char* name : kPackages) {
      workspace.write(path(name, "test/t.txt"), "is it right?\n");
    }
  }

  static std::string path(std::string_view package, std::string_view file) {
    return fmt::format("packages/{}/{}", package, file);
  }

  bool has(std::string_view package, std::string_view file) const {
    return fs::exists(workspace.root() / path(package, file));
  }

  // Commands of both tasks; a check looks for all builds it may need.
  Result<ProcessExit> work(const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    if (spec.argv.front() != "check") {
      return TestWorkspace::make(spec, receiver);
    }
    for (const char* name : kPackages) {
      if (has(name, "dist/a.txt")) {
        const std::scoped_lock lock(seen_mutex);
        seen.emplace_back(spec.directory.filename().string() + " sees " + name);
      }
    }
    EXPECT_TRUE(write_file_atomically(spec.directory / "report/r.txt", "right\n"));
    return ProcessExit{};
  }

  TestRun run(SelectionArguments arguments) {
    FakeProcesses processes([this](const auto& spec, const auto& to) { return work(spec, to); });
    seen.clear();
    gateway.counts.clear();
    TestRun result = workspace.run(processes, gateway, arguments);
    std::ranges::sort(seen);
    started = processes.started();
    return result;
  }

  void forget_everything_here() const {
    workspace.remove_outputs();
    workspace.remove(".velocity");
    for (const char* name : kPackages) {
      workspace.remove(path(name, "report"));
    }
  }

  void damage_local_entry(const Digest& key) const {
    for (const auto& file :
         fs::recursive_directory_iterator(workspace.root() / ".velocity/cache")) {
      if (file.path().filename() == key.hex() + ".tar.zst") {
        std::string bytes = read_file(file.path()).value();
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
        ASSERT_TRUE(write_file_atomically(file.path(), bytes));
        return;
      }
    }
    FAIL() << "no entry of that key";
  }

  TestWorkspace workspace{kBuildAndTest};
  FakeGateway gateway;
  std::mutex seen_mutex;
  std::vector<std::string> seen;
  std::vector<std::string> started;
};

TEST_F(RestorePlanTest, WhatNobodyNeedsIsAHitThatCostsNoDownload) {
  run({.tasks = {"test"}});
  forget_everything_here();
  const TestRun again = run({.tasks = {"test"}});
  EXPECT_THAT(started, IsEmpty());
  EXPECT_EQ(again.count(TaskResult::hit_remote), 8U);
  EXPECT_EQ(gateway.count("GET store"), 4) << "the builds were fetched too";
  EXPECT_EQ(gateway.count("POST /v1/negotiate/batch"), 1);
  EXPECT_TRUE(has("top", "report/r.txt"));
  EXPECT_FALSE(has("top", "dist"));
  EXPECT_EQ(std::ranges::count(again.outcome.reports, false, &TaskReport::is_restored), 4);
  EXPECT_EQ(again.progress->remote_hits.size(), 8U) << "each is told once";
}

TEST_F(RestorePlanTest, AllBringsEverythingBack) {
  run({.tasks = {"test"}});
  forget_everything_here();
  const TestRun again = run({.tasks = {"test"}, .restore = RestoreScope::all});
  EXPECT_EQ(gateway.count("GET store"), 8);
  EXPECT_TRUE(has("base", "dist/a.txt"));
  EXPECT_EQ(std::ranges::count(again.outcome.reports, false, &TaskReport::is_restored), 0);
}

TEST_F(RestorePlanTest, WhatExecutesGetsAllThatItsDependenciesMayNeed) {
  run({.tasks = {"test"}});
  forget_everything_here();
  workspace.write(path("left", "test/t.txt"), "is it left?\n");
  const TestRun again = run({.tasks = {"test"}});
  EXPECT_THAT(started, ElementsAre("left"));
  EXPECT_THAT(seen, ElementsAre("left sees base", "left sees left"));
  EXPECT_EQ(gateway.count("GET store"), 5) << "three tests, and the builds of left and base";
  EXPECT_FALSE(has("top", "dist"));
}

// Its own cached result is no good, which is seen when it is unpacked: too late for the plan.
TEST_F(RestorePlanTest, WhatTurnsOutToExecuteGetsWhatWasLeftBefore) {
  const TestRun first = run({.tasks = {"test"}});
  const auto top = std::ranges::find(first.outcome.reports, "top#test", &TaskReport::label);
  ASSERT_NE(top, first.outcome.reports.end());
  std::string& stored = gateway.objects.at(top->key.hex()).body;
  stored.back() = static_cast<char>(stored.back() ^ 1);
  forget_everything_here();
  const TestRun from_remote = run({.tasks = {"test"}});
  EXPECT_THAT(started, ElementsAre("top"));
  EXPECT_THAT(seen, SizeIs(4)) << "base, left, right, top";
  EXPECT_EQ(gateway.count("GET store"), 8);
  EXPECT_EQ(from_remote.progress->notices.size(), 1U);
  EXPECT_EQ(from_remote.progress->remote_hits.size(), 7U);

  for (const char* name : kPackages) {
    workspace.remove(path(name, "dist"));
    workspace.remove(path(name, "report"));
  }
  damage_local_entry(top->key);
  gateway.objects.clear();
  const TestRun from_here = run({.tasks = {"test"}});
  EXPECT_THAT(started, ElementsAre("top"));
  EXPECT_THAT(seen, SizeIs(4));
  EXPECT_EQ(from_here.progress->notices.size(), 1U);
}

// One chain, whose last result alone is no good: it executes after what it depends on is there.
TEST_F(RestorePlanTest, AResultThatIsOfNoUseIsMadeInItsTurn) {
  const TestRun first = run({.tasks = {"build"}});
  const auto base = std::ranges::find(first.outcome.reports, "base#build", &TaskReport::label);
  const auto top = std::ranges::find(first.outcome.reports, "top#build", &TaskReport::label);
  workspace.remove_outputs();
  damage_local_entry(base->key);
  damage_local_entry(top->key);
  gateway.objects.clear();
  const TestRun again = run({.tasks = {"build"}});
  EXPECT_THAT(again.progress->misses, ElementsAre("base#build", "top#build"));
  EXPECT_EQ(again.count(TaskResult::hit_local), 2U);
}

// Both commands wait until every hit is in place: they take all places that tasks have.
TEST_F(RestorePlanTest, HitsNeedNoPlaceAmongTheTasksThatExecute) {
  for (const char* name : {"alone", "lonely"}) {
    workspace.add(name, "");
    workspace.write(path(name, "test/t.txt"), "is it right?\n");
  }
  run({.tasks = {"build"}});
  workspace.remove_outputs();
  workspace.write(path("alone", "src/a.txt"), "edited\n");
  workspace.write(path("lonely", "src/a.txt"), "edited\n");
  FakeProcesses processes([&](const ProcessSpec& spec, const Processes::OutputReceiver& receiver) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!has("top", "dist/a.txt") && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(has("top", "dist/a.txt")) << "restores wait for " << spec.directory;
    return TestWorkspace::make(spec, receiver);
  });
  EXPECT_EQ(workspace.run(processes, gateway).count(TaskResult::hit_local), 4U);
}

}  // namespace
}  // namespace vc::agent
