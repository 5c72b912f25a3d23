#include "agent/fingerprint/tool_versions.hpp"

#include "agent/testing/fingerprint_bench.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CountingRunner final : public ToolRunner {
 public:
  Result<std::string> run(const ToolCommand& command) override {
    ++runs;
    last = command;
    return answer;
  }

  int runs = 0;
  ToolCommand last;
  Result<std::string> answer = "v1\n";
};

class ToolVersionsTest : public ::testing::Test {
 protected:
  ToolVersionsTest() : directory_(TempDir::create().value()), root_(directory_.path() / "root") {
    fs::create_directories(root_);
    fs::create_directories(home());
    make_program("tool");
  }

  fs::path bin() const { return directory_.path() / "bin"; }

  fs::path home() const { return directory_.path() / "home"; }

  void make_program(const std::string& name, std::string_view text = "#!/bin/sh\n") const {
    ASSERT_TRUE(write_file_atomically(bin() / name, text, Durability::none, 0755));
    ASSERT_EQ(::chmod((bin() / name).c_str(), 0755), 0);
  }

  // As one run of ours: the cache is loaded before and saved after.
  Result<std::string> ask(const std::string& command) {
    ToolCache cache = ToolCache::load(root_ / ".velocity/tools");
    ToolVersions versions(root_, cache, runner_);
    auto answer = versions.output_of(command, environment_);
    EXPECT_TRUE(cache.save());
    return answer;
  }

  TempDir directory_;
  fs::path root_;
  CountingRunner runner_;
  std::map<std::string, std::string> environment_{{"PATH", bin().string() + ":/usr/bin"},
                                                  {"HOME", home().string()}};
};

TEST_F(ToolVersionsTest, TheSecondRunStartsNoProcess) {
  EXPECT_EQ(ask("tool --version").value(), "v1\n");
  EXPECT_EQ(ask("tool --version").value(), "v1\n");
  EXPECT_EQ(runner_.runs, 1);
  EXPECT_EQ(runner_.last.executable, (bin() / "tool").string());
  EXPECT_THAT(runner_.last.argv, ElementsAre("tool", "--version"));
  EXPECT_EQ(runner_.last.directory, root_);
}

TEST_F(ToolVersionsTest, AnotherProgramOfTheNameIsAskedAgain) {
  static_cast<void>(ask("tool --version"));
  make_program("tool", "#!/bin/sh\n# newer\n");
  runner_.answer = "v2\n";
  EXPECT_EQ(ask("tool --version").value(), "v2\n");
  EXPECT_EQ(runner_.runs, 2);
}

TEST_F(ToolVersionsTest, ALinkToAnotherProgramIsAskedAgain) {
  make_program("tool-1");
  make_program("tool-2");
  fs::create_symlink("tool-1", bin() / "linked");
  static_cast<void>(ask("linked --version"));
  fs::remove(bin() / "linked");
  fs::create_symlink("tool-2", bin() / "linked");
  static_cast<void>(ask("linked --version"));
  EXPECT_EQ(runner_.runs, 2);
}

TEST_F(ToolVersionsTest, AVersionSelectorIsLookedAt) {
  static_cast<void>(ask("tool --version"));
  for (const fs::path& selector :
       {root_ / ".nvmrc", root_ / ".node-version", root_ / ".tool-versions",
        root_ / "rust-toolchain", root_ / "rust-toolchain.toml", root_ / ".python-version",
        home() / ".rustup/settings.toml", home() / ".tool-versions"}) {
    const int before = runner_.runs;
    ASSERT_TRUE(write_file_atomically(selector, "20"));
    static_cast<void>(ask("tool --version"));
    EXPECT_EQ(runner_.runs, before + 1) << selector;
    static_cast<void>(ask("tool --version"));
    EXPECT_EQ(runner_.runs, before + 1) << selector;
  }
}

// A hit for another VERSION would be wrong: what a program reads nobody can tell from its file.
TEST_F(ToolVersionsTest, WhatIsNoVersionOfTheProgramIsAskedInEachRun) {
  make_program("proxy");
  fs::create_symlink("proxy", bin() / "rustc");
  make_program("one-of-two");
  fs::create_hard_link(bin() / "one-of-two", bin() / "two-of-two");
  ASSERT_TRUE(write_file_atomically(root_ / "wrapper", "", Durability::none, 0755));
  ASSERT_EQ(::chmod((root_ / "wrapper").c_str(), 0755), 0);
  for (const char* command : {"tool", "tool VERSION", "tool describe --version", "tool -c /etc/x",
                              "./wrapper --version", "rustc --version", "one-of-two --version"}) {
    const int before = runner_.runs;
    runner_.answer = "v1\n";
    EXPECT_EQ(ask(command).value(), "v1\n");
    runner_.answer = "v2\n";
    EXPECT_EQ(ask(command).value(), "v2\n") << command;
    EXPECT_EQ(runner_.runs, before + 2) << command;
  }
}

TEST_F(ToolVersionsTest, WithinARunEachIsAskedOnce) {
  ToolCache cache = ToolCache::load(root_ / ".velocity/tools");
  ToolVersions versions(root_, cache, runner_);
  EXPECT_EQ(versions.output_of("tool describe", environment_).value(), "v1\n");
  runner_.answer = "v2\n";
  EXPECT_EQ(versions.output_of("tool describe", environment_).value(), "v1\n");
  EXPECT_EQ(runner_.runs, 1);
}

TEST_F(ToolVersionsTest, TheEnvironmentIsLookedAtButNotTheSession) {
  static_cast<void>(ask("tool --version"));
  environment_["TERM"] = "dumb";
  environment_["SSH_AUTH_SOCK"] = "/tmp/agent.7";
  static_cast<void>(ask("tool --version"));
  EXPECT_EQ(runner_.runs, 1);
  EXPECT_FALSE(runner_.last.environment.contains("TERM"));
  environment_["LANG"] = "de_DE.UTF-8";
  static_cast<void>(ask("tool --version"));
  EXPECT_EQ(runner_.runs, 2);
}

TEST_F(ToolVersionsTest, AFailureIsNotRememberedAndNamesTheCommand) {
  runner_.answer = fail(Errc::io, "exit status 9: bad option");
  const auto failed = ask("tool --versio");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "tool \"tool --versio\": exit status 9: bad option");
  runner_.answer = "v1\n";
  EXPECT_TRUE(ask("tool --versio"));
  EXPECT_EQ(runner_.runs, 2);
}

TEST_F(ToolVersionsTest, AProgramThatIsNotThereIsAnError) {
  const auto result = ask("no-such-tool --version");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::not_found);
  EXPECT_THAT(result.error().message, HasSubstr("no-such-tool"));
  ASSERT_TRUE(write_file_atomically(bin() / "no-such-tool", "not executable"));
  EXPECT_FALSE(ask("no-such-tool --version"));
  EXPECT_EQ(runner_.runs, 0);
}

TEST_F(ToolVersionsTest, ARelativeProgramIsTheRoots) {
  ASSERT_TRUE(write_file_atomically(root_ / "scripts/tool", "", Durability::none, 0755));
  ASSERT_EQ(::chmod((root_ / "scripts/tool").c_str(), 0755), 0);
  EXPECT_TRUE(ask("./scripts/tool --version"));
  EXPECT_EQ(fs::canonical(runner_.last.executable), fs::canonical(root_ / "scripts/tool"));
}

TEST_F(ToolVersionsTest, ADamagedCacheIsAnEmptyOne) {
  static_cast<void>(ask("tool --version"));
  const fs::path file = root_ / ".velocity/tools";
  const std::string whole = read_file(file).value();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, whole.size() / 2, whole.size() - 1}) {
    ASSERT_TRUE(write_file_atomically(file, whole.substr(0, size)));
    const int before = runner_.runs;
    EXPECT_EQ(ask("tool --version").value(), "v1\n");
    EXPECT_EQ(runner_.runs, before + 1) << size;
  }
  std::string changed = whole;
  changed[whole.find("v1")] = 'w';
  ASSERT_TRUE(write_file_atomically(file, changed));
  EXPECT_EQ(ask("tool --version").value(), "v1\n");
}

TEST_F(ToolVersionsTest, OutputsWithNewlinesAndZerosAreRemembered) {
  const std::string odd("a\nb\0c 3\n\n", 9);
  runner_.answer = odd;
  EXPECT_EQ(ask("tool --version").value(), odd);
  EXPECT_EQ(ask("tool --version").value(), odd);
  EXPECT_EQ(ask("tool -V").value(), odd);
  EXPECT_EQ(ask("tool --version").value(), odd);
  EXPECT_EQ(runner_.runs, 2);
}

TEST(ToolWordsTest, SplitsAtBlanksAndHonoursQuotes) {
  EXPECT_THAT(tool_words("node  --version").value(), ElementsAre("node", "--version"));
  EXPECT_THAT(tool_words(" gcc -dM 'a b' \"c d\"e ").value(),
              ElementsAre("gcc", "-dM", "a b", "c de"));
}

TEST(ToolWordsTest, RefusesWhatWouldNeedAShell) {
  for (const char* command :
       {"", "  ", "node | cut -c1", "a; b", "a && b", "echo $HOME", "a > b", "a `b`", "a *",
        "A=1 node", "a 'b", "a \"$b\"", "a \\ b", "a\nb", "''"}) {
    const auto words = tool_words(command);
    ASSERT_FALSE(words) << command;
    EXPECT_EQ(words.error().code, Errc::invalid);
  }
}

TEST(ToolIngredientTest, AFailingToolIsAConfigurationErrorWithThePositionOfTheTask) {
  testing::FingerprintBench bench;
  const PackageId package = bench.add_package("a", "a");
  TaskDefinition& build = bench.define("build");
  build.tools = {"tool"};
  build.at = {.file = "velocity.yml", .line = 4, .column = 3};
  bench.add_task(package, "build");
  const std::string errors = bench.errors();
  EXPECT_THAT(errors, HasSubstr("velocity.yml:4:3"));
  EXPECT_THAT(errors, HasSubstr("VC0406"));
  EXPECT_THAT(errors, HasSubstr("tool \"tool\""));
}

TEST(ToolIngredientTest, ARunWithoutChangesAsksNoTool) {
  testing::FingerprintBench bench;
  CountingRunner runner;
  bench.options.tool_runner = &runner;
  for (const char* name : {"a", "b", "c"}) {
    bench.add_package(name, name);
  }
  bench.define("build").tools = {"env --version"};
  for (PackageId package = 0; package < 3; ++package) {
    bench.add_task(package, "build");
  }
  const std::string key = bench.key();
  EXPECT_EQ(runner.runs, 1) << "once for all tasks";
  EXPECT_EQ(bench.key(), key);
  EXPECT_EQ(runner.runs, 1);
}

}  // namespace
}  // namespace vc::agent
