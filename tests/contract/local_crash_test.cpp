// SIGKILL at each system call of a publication on the local disk: afterwards the artifact is whole
// or absent, the root opens, nothing is left staged, and storing again works (B24).
#include "run_command.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"
#include "storage/local_driver.hpp"
#include "storage/testing/artifacts.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace vc::storage {
namespace {

constexpr std::size_t kBodyBytes = 300'000;
constexpr int kKilled = 137;

class LocalCrashTest : public testing::Test {
 protected:
  // Runs the writer under the tracer; `flags` say where to kill it.
  vc::tools::CommandResult publish(const fs::path& root, const std::vector<std::string>& flags) {
    std::vector<std::string> argv = {VC_KILL_AT_SYSCALL, "--only-below", root.native()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    argv.insert(argv.end(), {"--", VC_LOCAL_PUBLISH, root.native(), sha256("a").hex(),
                             std::to_string(kBodyBytes)});
    return vc::tools::run_command(argv);
  }

  void expect_whole(const fs::path& root, bool must_exist) {
    const auto driver = LocalDriver::create({.root = root}, clock_, log_);
    ASSERT_TRUE(driver) << driver.error().message;
    EXPECT_TRUE(fs::is_empty(root / "staging"));
    const std::string body(kBodyBytes, 'b');
    const auto left = fetch(**driver, key_of("a"));
    EXPECT_TRUE(!left || *left == body);
    EXPECT_TRUE(left || !must_exist);
    const auto again = store(**driver, key_of("a"), body);
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, left ? Stored::exists : Stored::created);
    EXPECT_EQ(fetch(**driver, key_of("a")), body);
  }

  // `prepare` makes each root that is then published into and killed.
  template <class Prepare>
  void kill_everywhere(Prepare prepare, int calls_min) {
    const auto root_of = [this](int at) { return directory_.path() / std::to_string(at); };
    prepare(root_of(0));
    const auto counted = publish(root_of(0), {"--count"});
    ASSERT_EQ(counted.exit_code, 0) << "is ptrace permitted here?";
    const int calls = std::atoi(counted.output.c_str());
    ASSERT_GE(calls, calls_min) << "the tracer misses calls";
    expect_whole(root_of(0), true);

    for (int at = 1; at <= calls; ++at) {
      SCOPED_TRACE("killed at call " + std::to_string(at) + " of " + std::to_string(calls));
      prepare(root_of(at));
      ASSERT_EQ(publish(root_of(at), {"--at", std::to_string(at)}).exit_code, kKilled);
      // Only the sync of the directory comes after the link, and a killed process is no power cut.
      expect_whole(root_of(at), at == calls);
      fs::remove_all(root_of(at));
    }
  }

  TempDir directory_ = *TempDir::create();
  FakeClock clock_;
  NullLog log_;
};

TEST_F(LocalCrashTest, KilledAnywhereInTheFirstStartAndPublication) {
  kill_everywhere([](const fs::path&) {}, 45);
}

TEST_F(LocalCrashTest, KilledAnywhereInAPublicationIntoAnExistingRoot) {
  kill_everywhere(
      [this](const fs::path& root) {
        const auto driver = LocalDriver::create({.root = root}, clock_, log_);
        ASSERT_TRUE(driver);
        ASSERT_TRUE(store(**driver, key_of("neighbour"), "body"));
      },
      20);
}

// A power cut can bring back any prefix of a file whose sync had not ended, under a name that had.
TEST_F(LocalCrashTest, WhateverLengthAPowerCutLeavesTheArtifactIsWholeOrAbsent) {
  const fs::path root = directory_.path() / "root";
  for (const std::uintmax_t size : {0U, 2048U, 4096U, 299'999U, 302'047U}) {
    ASSERT_EQ(publish(root, {"--count"}).exit_code, 0);
    fs::resize_file(root / "objects" / key_of("a").text(), size);
    expect_whole(root, false);
    fs::remove_all(root);
  }
}

}  // namespace
}  // namespace vc::storage
