// SIGKILL at every system call with which the agent packs, publishes and restores: afterwards the
// next run finds whole things only. By counting calls, not by sleeping.
#include "artifact_steps.hpp"
#include "run_command.hpp"

#include "agent/testing/tree.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace vc::agent {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::IsEmpty;
using tools::ArtifactSteps;

const Tree kOutputs{
    {"dist/index.js", file("new")},    {"dist/run", program("#!/bin/sh\n")},
    {"dist/sub/x.js", file("new x")},  {"dist/empty", directory()},
    {"dist/latest", link("index.js")}, {"report.html", file("<html>")},
};

// What another run had left: other content, a stale file, a file where a directory comes, and next
// to it all a file that is nobody's output.
const Tree kOlder{
    {"dist/index.js", file("old")},
    {"dist/stale.js", file("old")},
    {"dist/sub", file("old")},
    {"src/index.ts", file("source")},
};

Tree with_source(Tree tree) {
  tree["src/index.ts"] = file("source");
  return tree;
}

struct ArtifactKillTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path root = temp.path() / "root";

  static tools::CommandResult run(const std::vector<std::string>& flags, const fs::path& root,
                                  const std::string& step) {
    std::vector<std::string> argv{VC_KILL_AT_SYSCALL};
    argv.insert(argv.end(), flags.begin(), flags.end());
    argv.insert(argv.end(),
                {"--only-below", root.native(), "--", VC_ARTIFACT_STEPS, step, root.native()});
    return tools::run_command(argv);
  }

  ArtifactSteps steps() const { return ArtifactSteps::create(root).value(); }

  // A fresh workspace with these files in its package.
  void reset(const Tree& package) {
    fs::remove_all(root);
    fs::create_directories(root / "web");
    write_tree(root / "web", package);
  }

  // As reset(kOlder), with the artifact of kOutputs in the cache and a record of what is there.
  void reset_for_restore() {
    reset(with_source(kOutputs));
    ASSERT_TRUE(steps().publish());
    fs::remove_all(root / "web");
    write_tree(root / "web", kOlder);
    const auto collected = collect_outputs(steps().scope()).value();
    ASSERT_TRUE(write_output_record(steps().state(), ArtifactSteps::kLabel, steps().scope(),
                                    {.key = sha256("an older key"),
                                     .duration_ms = 0,
                                     .log = "",
                                     .entries = collected.entries,
                                     .verified_at = collected.verified_at,
                                     .stamps = {},
                                     .file = {}}));
  }

  int count_calls(const std::string& step) {
    const auto counted = run({"--count"}, root, step);
    EXPECT_EQ(counted.exit_code, 0);
    return std::atoi(counted.output.c_str());
  }

  // Whether what the record claims, if there is one, is what is there.
  void expect_no_false_record() {
    const auto record = read_output_record(steps().state(), ArtifactSteps::kLabel);
    if (record && outputs_are_current(steps().scope(), *record, Verification::stamps)) {
      EXPECT_TRUE(outputs_are_current(steps().scope(), *record, Verification::content));
      EXPECT_EQ(read_tree(root / "web"),
                record->key == ArtifactSteps::key() ? with_source(kOutputs) : kOlder);
    }
  }

  // Nothing that a sweep would have to take away, and nothing that looks like work under way.
  void expect_no_leftovers() {
    age_temporaries();
    ASSERT_TRUE(finish_interrupted_restores(root, steps().state()));
    ASSERT_TRUE(steps().cache().collect_garbage());
    EXPECT_THAT(read_tree(steps().state() / "staging"), IsEmpty());
    for (const auto& [path, node] : read_tree(root)) {
      EXPECT_FALSE(path.contains(kTemporaryPrefix)) << path;
    }
  }

  // Two hours pass.
  void age_temporaries() const {
    for (const auto& entry : fs::recursive_directory_iterator(steps().state())) {
      if (entry.path().filename().native().starts_with(kTemporaryPrefix)) {
        fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(2));
      }
    }
  }
};

// B24, B25: an entry is whole or absent.
TEST_F(ArtifactKillTest, AtEveryStepOfPackAndPublishTheEntryIsWholeOrAbsent) {
  reset(kOutputs);
  const int calls = count_calls("publish");
  ASSERT_GT(calls, 5);
  for (int at = 1; at <= calls; ++at) {
    SCOPED_TRACE(at);
    reset(kOutputs);
    ASSERT_EQ(run({"--at", std::to_string(at)}, root, "publish").exit_code, 137);
    EXPECT_EQ(read_tree(root / "web"), kOutputs);
    const auto entry = steps().cache().find(ArtifactSteps::key());
    ASSERT_TRUE(entry);
    if (*entry) {
      fs::remove_all(root / "web/dist");
      const auto restored = steps().restore();
      EXPECT_TRUE(restored) << restored.error().message;
      EXPECT_EQ(read_tree(root / "web"), kOutputs);
    }
    expect_no_leftovers();
    ASSERT_TRUE(steps().publish()) << "the next run can";
    ASSERT_TRUE(steps().restore());
    EXPECT_EQ(read_tree(root / "web"), kOutputs);
  }
}

TEST_F(ArtifactKillTest, AtEveryStepOfRestoreTheNextRunHasTheOldTreeOrTheNewOne) {
  reset_for_restore();
  const int calls = count_calls("restore");
  ASSERT_GT(calls, 20);
  int completed = 0;
  for (int at = 1; at <= calls; ++at) {
    SCOPED_TRACE(at);
    reset_for_restore();
    ASSERT_EQ(run({"--at", std::to_string(at)}, root, "restore").exit_code, 137);
    expect_no_false_record();
    ASSERT_TRUE(finish_interrupted_restores(root, steps().state()));
    EXPECT_THAT(read_tree(root / "web"), AnyOf(Eq(kOlder), Eq(with_source(kOutputs))));
    expect_no_false_record();
    completed += read_tree(root / "web") == kOlder ? 0 : 1;
    const Tree before = read_tree(root / "web");
    ASSERT_TRUE(finish_interrupted_restores(root, steps().state()));
    EXPECT_EQ(read_tree(root / "web"), before) << "finishing twice";
    expect_no_leftovers();

    ASSERT_TRUE(steps().restore());
    EXPECT_EQ(read_tree(root / "web"), with_source(kOutputs));
    const auto record = read_output_record(steps().state(), ArtifactSteps::kLabel);
    ASSERT_TRUE(record);
    EXPECT_TRUE(outputs_are_current(steps().scope(), *record, Verification::content));
  }
  EXPECT_GT(completed, 0);
  EXPECT_LT(completed, calls);
}

// The second kill strikes the process that finishes what the first one interrupted.
TEST_F(ArtifactKillTest, FinishingCanBeInterruptedToo) {
  reset_for_restore();
  const int calls = count_calls("restore");
  for (int at = calls / 2; at <= calls; at += 3) {
    reset_for_restore();
    ASSERT_EQ(run({"--at", std::to_string(at)}, root, "restore").exit_code, 137);
    const fs::path interrupted = temp.path() / "interrupted";
    fs::remove_all(interrupted);
    fs::copy(root, interrupted, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    const int finishing_calls = count_calls("finish");
    for (int second = 1; second <= finishing_calls; ++second) {
      SCOPED_TRACE(testing::Message() << at << ", then " << second);
      fs::remove_all(root);
      fs::copy(interrupted, root, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
      ASSERT_EQ(run({"--at", std::to_string(second)}, root, "finish").exit_code, 137);
      expect_no_false_record();
      ASSERT_TRUE(finish_interrupted_restores(root, steps().state()));
      EXPECT_THAT(read_tree(root / "web"), AnyOf(Eq(kOlder), Eq(with_source(kOutputs))));
      expect_no_leftovers();
    }
  }
}

}  // namespace
}  // namespace vc::agent
