// velocity-cli on a real workspace with real processes, signals included.
#include "agent_process.hpp"

#include "core/temp_dir.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kConfig = R"(version: 1
pipeline:
  build:
    command: "sh build.sh"
    inputs: ["src/**", "build.sh"]
    outputs: ["dist/**"]
    depends_on: ["^build"]
    pass_env: ["RUNS", "SIGNAL_PIPE"]
)";

// Counts its runs, so that a test need not believe what the agent prints.
constexpr std::string_view kBuild = R"(set -e
name=$(basename "$PWD")
echo "building $name"
mkdir -p dist/empty
cp src/a.txt dist/a.txt
printf '#!/bin/sh\n' > dist/tool
chmod 755 dist/tool
ln -s tool dist/latest
echo "$name" >> "$RUNS"
)";

std::size_t count(std::string_view text, std::string_view words) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(words, at)) != std::string_view::npos; ++at) {
    ++found;
  }
  return found;
}

struct AgentRun : testing::Test {
  TempDir directory = TempDir::create().value();
  fs::path root = directory.path() / "workspace";
  fs::path runs = directory.path() / "runs";

  void SetUp() override {
    write("velocity.yml", kConfig);
    write("package.json", R"({"name": "root", "workspaces": ["packages/*"]})");
    // base <- left, right <- top.
    add("base", "");
    add("left", R"("base": "*")");
    add("right", R"("base": "*")");
    add("top", R"("left": "*", "right": "*")");
  }

  void add(const std::string& name, std::string_view dependencies) {
    const std::string folder = "packages/" + name;
    write(folder + "/package.json",
          fmt::format(R"({{"name": "{}", "scripts": {{"build": "x"}}, "dependencies": {{{}}}}})",
                      name, dependencies));
    write(folder + "/src/a.txt", name);
    write(folder + "/build.sh", kBuild);
  }

  void write(const std::string& path, std::string_view text) const {
    ASSERT_TRUE(write_file_atomically(root / path, text).has_value());
  }

  std::string read(const std::string& path) const {
    return read_file_if_exists(root / path).value().value_or("(absent)");
  }

  AgentProcess start(std::vector<std::string> arguments,
                     const std::map<std::string, std::string>& variables = {}) const {
    std::map<std::string, std::string> environment{
        {"PATH", "/usr/bin:/bin"}, {"HOME", directory.path().string()}, {"RUNS", runs.string()}};
    environment.insert(variables.begin(), variables.end());
    return AgentProcess(std::move(arguments), root, environment);
  }

  AgentResult run(std::vector<std::string> arguments) const {
    return start(std::move(arguments)).wait();
  }

  std::string executed() {
    std::string text = read_file_if_exists(runs).value().value_or("");
    fs::remove(runs);
    return text;
  }

  void remove_outputs() const {
    for (const char* name : {"base", "left", "right", "top"}) {
      fs::remove_all(root / "packages" / name / "dist");
    }
  }
};

TEST_F(AgentRun, BuildsColdEachTaskOnce) {
  const AgentResult cold = run({"run", "build"});
  EXPECT_EQ(cold.exit_code, 0) << cold.error;
  EXPECT_EQ(count(cold.output, "CACHE MISS"), 4U);
  const std::string order = executed();
  EXPECT_EQ(std::ranges::count(order, '\n'), 4);
  EXPECT_THAT(order, testing::StartsWith("base\n"));
  EXPECT_THAT(order, testing::EndsWith("top\n"));
  EXPECT_EQ(cold.error, "");
}

TEST_F(AgentRun, LeavesRightOutputsAloneAndReplaysTheLog) {
  run({"build"});
  executed();
  const auto before = fs::last_write_time(root / "packages/top/dist/a.txt");
  const AgentResult again = run({"build"});
  EXPECT_EQ(count(again.output, "CACHE HIT (local)"), 4U);
  EXPECT_EQ(count(again.output, "top#build: building top"), 1U);
  EXPECT_EQ(executed(), "");
  EXPECT_EQ(fs::last_write_time(root / "packages/top/dist/a.txt"), before);
}

// B15, B23
TEST_F(AgentRun, RestoresWhatWasRemovedKindModeAndAll) {
  run({"build"});
  executed();
  remove_outputs();
  const AgentResult hit = run({"build"});
  EXPECT_EQ(count(hit.output, "CACHE HIT (local)"), 4U) << hit.output << hit.error;
  EXPECT_EQ(executed(), "");
  const fs::path dist = root / "packages/left/dist";
  EXPECT_EQ(read("packages/left/dist/a.txt"), "left");
  EXPECT_TRUE(fs::is_empty(dist / "empty"));
  EXPECT_EQ(fs::read_symlink(dist / "latest"), "tool");
  EXPECT_NE(fs::status(dist / "tool").permissions() & fs::perms::owner_exec, fs::perms::none);
}

// B33: only the current directory was looked at.
TEST_F(AgentRun, WorksFromInsideAPackage) {
  const fs::path inside = root / "packages/left/src";
  AgentProcess agent({"build"}, inside, {{"PATH", "/usr/bin:/bin"}, {"RUNS", runs.string()}});
  EXPECT_EQ(agent.wait().exit_code, 0);
  EXPECT_EQ(read("packages/top/dist/a.txt"), "top");
}

// B32: a failing task printed no summary.
TEST_F(AgentRun, EndsAFailureWithItsWholeLogAndASummary) {
  write("packages/left/build.sh", "echo before; echo the reason >&2; exit 7\n");
  const AgentResult failed = run({"build"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.output, HasSubstr("left#build: FAILED: exit status 7"));
  const std::size_t whole = failed.output.rfind("before\nthe reason\n");
  ASSERT_NE(whole, std::string::npos) << failed.output;
  EXPECT_THAT(failed.output.substr(whole), HasSubstr("1 failed"));
  EXPECT_FALSE(fs::exists(root / "packages/top/dist"));
  executed();
  run({"build"});
  EXPECT_THAT(executed(), Not(HasSubstr("base"))) << "what succeeded is cached";
}

TEST_F(AgentRun, ContinuesOnRequest) {
  write("packages/left/build.sh", "exit 1\n");
  const AgentResult failed = run({"build", "--continue", "--concurrency=1"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(executed(), HasSubstr("right"));
  EXPECT_THAT(failed.output, HasSubstr("not run: top#build"));
}

TEST_F(AgentRun, PrintsJsonAloneOnStandardOutput) {
  const AgentResult result = run({"build", "--json"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, testing::StartsWith("{"));
  EXPECT_EQ(std::ranges::count(result.output, '\n'), 1);
  EXPECT_THAT(result.error, HasSubstr("CACHE MISS"));
}

TEST_F(AgentRun, WarnsAboutAMisspeltVariableOfItsOwn) {
  AgentProcess agent = start({"build"}, {{"VELOCITY_CACHE_DIRECTORY", "/x"}});
  EXPECT_THAT(agent.wait().error, HasSubstr("VELOCITY_CACHE_DIR"));
}

TEST_F(AgentRun, PlansWithoutDoing) {
  const AgentResult plan = run({"plan", "build", "--exit-code"});
  EXPECT_EQ(plan.exit_code, 1);
  EXPECT_EQ(count(plan.output, "CACHE MISS"), 4U);
  EXPECT_EQ(executed(), "");
  run({"build"});
  EXPECT_EQ(run({"plan", "build", "--exit-code"}).exit_code, 0);
}

TEST_F(AgentRun, CleansTheCacheAndNotTheOutputs) {
  run({"build"});
  executed();
  const AgentResult cleaned = run({"clean"});
  EXPECT_EQ(cleaned.exit_code, 0) << cleaned.error;
  EXPECT_THAT(cleaned.output, HasSubstr("removed 4 cached results"));
  EXPECT_EQ(read("packages/top/dist/a.txt"), "top");
  run({"build"});
  EXPECT_EQ(count(executed(), "\n"), 4U);
}

// Waits on a FIFO until a task of the run has written its process id there.
struct SlowRun : AgentRun {
  fs::path fifo = directory.path() / "fifo";

  void SetUp() override {
    AgentRun::SetUp();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    // The grandchild is the one that prints: it must not survive its parents.
    write("packages/base/build.sh",
          "mkdir -p dist; echo half > dist/a.txt\n"
          "sh -c 'echo $$ > \"$SIGNAL_PIPE\"; exec sleep 300'\n");
  }

  AgentProcess start_slow() const {
    return start({"run", "build"}, {{"SIGNAL_PIPE", fifo.string()}});
  }

  pid_t grandchild() const {
    const auto text = read_file(fifo);  // Blocks until somebody writes and closes.
    return text ? std::stoi(*text) : -1;
  }
};

// B32: Ctrl-C left temporary files, and tasks.
TEST_F(SlowRun, CtrlCEndsTasksAndLeavesNothingToBeBelieved) {
  AgentProcess agent = start_slow();
  const pid_t grandchild_pid = grandchild();
  agent.signal(SIGINT);
  const AgentResult result = agent.wait();
  EXPECT_EQ(result.exit_code, 128 + SIGINT);
  EXPECT_THAT(result.output, HasSubstr("1 interrupted, 3 not run"));
  EXPECT_TRUE(is_gone(grandchild_pid));
  EXPECT_FALSE(fs::exists(root / ".velocity/scratch") && !fs::is_empty(root / ".velocity/scratch"));

  write("packages/base/build.sh", kBuild);
  EXPECT_EQ(run({"build"}).exit_code, 0);
  EXPECT_EQ(read("packages/base/dist/a.txt"), "base");
}

TEST_F(SlowRun, ASecondSignalKillsWhatIgnoresTheFirst) {
  write("packages/base/build.sh",
        "trap 'echo ignored > \"$SIGNAL_PIPE\"' INT TERM\n"
        "echo $$ > \"$SIGNAL_PIPE\"\nwhile :; do sleep 300 & wait $!; done\n");
  AgentProcess agent = start_slow();
  const pid_t task = grandchild();
  agent.signal(SIGTERM);
  EXPECT_EQ(read_file(fifo).value(), "ignored\n");
  agent.signal(SIGTERM);
  EXPECT_EQ(agent.wait().exit_code, 128 + SIGTERM);
  EXPECT_TRUE(is_gone(task));
}

TEST_F(SlowRun, TheReaperEndsTasksOfAnAgentThatWasKilled) {
  AgentProcess agent = start_slow();
  const pid_t grandchild_pid = grandchild();
  agent.signal(SIGKILL);
  EXPECT_EQ(agent.wait().exit_code, 128 + SIGKILL);
  EXPECT_TRUE(is_gone(grandchild_pid));
  EXPECT_EQ(read("packages/base/dist/a.txt"), "half\n");

  write("packages/base/build.sh", kBuild);
  EXPECT_EQ(run({"build"}).exit_code, 0);
  EXPECT_EQ(read("packages/base/dist/a.txt"), "base");
}

TEST_F(AgentRun, EndsQuietlyWhenNobodyReadsItAnyMore) {
  write("packages/base/build.sh",
        "yes \"a long line of output\" | head -n 200000\nexec sleep 300\n");
  AgentProcess agent = start({"build"});
  agent.close_output();
  const AgentResult result = agent.wait();
  EXPECT_EQ(result.exit_code, 128 + SIGPIPE);
  EXPECT_EQ(result.error, "");
}

}  // namespace
}  // namespace vc::agent
