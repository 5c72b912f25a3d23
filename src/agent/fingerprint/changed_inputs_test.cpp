#include "agent/testing/fingerprint_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using testing::FingerprintBench;
using ::testing::IsEmpty;
using testing::wait_for_next_tick;

// A task whose inputs are looked at, then edited "while it runs", then looked at again.
class ChangedInputsTest : public ::testing::Test {
 protected:
  ChangedInputsTest() {
    package_ = bench_.add_package("packages/a", "a");
    bench_.write("packages/a/src/x", "1111");
    bench_.write("packages/a/src/y", "1");
    bench_.write("packages/a/other", "1");
    bench_.write("package-lock.json", "{}");
    bench_.write("shared/rules", "1");
    bench_.workspace.lockfile = "package-lock.json";
    bench_.config.global_inputs = {"shared/**"};
    TaskDefinition& build = bench_.define("build");
    build.inputs = FingerprintBench::patterns({"src/**"});
    build.outputs.patterns = {"dist/**"};
    bench_.add_task(package_, "build");
  }

  // `wait`: the files are old enough to be trusted by their stamps.
  void look(bool wait = true) {
    if (wait) {
      wait_for_next_tick(bench_.root());
    }
    index_ = FileIndex::load(bench_.index_file());
    auto result = compute_fingerprints(bench_.config, bench_.workspace, bench_.graph,
                                       bench_.environment, *index_, bench_.options);
    ASSERT_TRUE(result);
    fingerprint_ = result->tasks[0];
  }

  std::vector<std::string> changed() {
    return changed_inputs(bench_.root(), fingerprint_, *index_);
  }

  FingerprintBench bench_;
  PackageId package_ = 0;
  std::unique_ptr<FileIndex> index_;
  TaskFingerprint fingerprint_;
};

TEST_F(ChangedInputsTest, WhenNothingChangedNothingIsRead) {
  look();
  const std::uint64_t before = index_->statistics().recorded;
  EXPECT_THAT(changed(), IsEmpty());
  EXPECT_EQ(index_->statistics().recorded, before);
}

TEST_F(ChangedInputsTest, EditedAddedAndRemovedFilesAreNamed) {
  look();
  bench_.write("packages/a/src/x", "2222");
  bench_.write("packages/a/src/deep/new", "1");
  fs::remove(bench_.root() / "packages/a/src/y");
  EXPECT_THAT(changed(),
              ElementsAre("packages/a/src/deep/new", "packages/a/src/x", "packages/a/src/y"));
}

TEST_F(ChangedInputsTest, FilesThatAllPackagesOfAKindShareCountForTheseAlone) {
  bench_.write("Cargo.lock", "1");
  bench_.write("go.work", "1");
  bench_.write("packages/a/Cargo.toml", "1");
  bench_.workspace.shared_files = {{.name = "Cargo.lock", .paths = {"Cargo.lock"}},
                                   {.name = "go.work", .paths = {"go.work"}}};
  bench_.workspace.packages[package_].native_manifests = {"packages/a/Cargo.toml"};
  bench_.workspace.packages[package_].shared = {0};
  look();
  bench_.write("Cargo.lock", "2");
  bench_.write("go.work", "2");
  bench_.write("packages/a/Cargo.toml", "2");
  EXPECT_THAT(changed(), ElementsAre("Cargo.lock", "packages/a/Cargo.toml"));
}

TEST_F(ChangedInputsTest, ManifestLockfileAndGlobalInputsCount) {
  look();
  bench_.write("packages/a/package.json", "{}");
  bench_.write("package-lock.json", "{ }");
  bench_.write("shared/rules", "2");
  bench_.write("shared/more", "2");
  EXPECT_THAT(changed(), ElementsAre("package-lock.json", "packages/a/package.json", "shared/more",
                                     "shared/rules"));
}

TEST_F(ChangedInputsTest, WhatIsNoInputDoesNotCount) {
  look();
  bench_.write("packages/a/other", "2");
  bench_.write("packages/a/dist/out", "2");
  EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(ChangedInputsTest, ATouchIsNoChange) {
  look();
  const std::array<timespec, 2> times{timespec{.tv_sec = 5}, timespec{.tv_sec = 5}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (bench_.root() / "packages/a/src/x").c_str(), times.data(), 0),
            0);
  EXPECT_THAT(changed(), IsEmpty());
}

TEST_F(ChangedInputsTest, AReplacedKindOrExecutableBitIsAChange) {
  look();
  ASSERT_EQ(::chmod((bench_.root() / "packages/a/src/x").c_str(), 0755), 0);
  bench_.link("packages/a/src/y", "x");
  EXPECT_THAT(changed(), ElementsAre("packages/a/src/x", "packages/a/src/y"));
}

// Of the same size, with the old mtime, perhaps within one tick of the clock.
TEST_F(ChangedInputsTest, AnEditThatHidesIsSeen) {
  for (int i = 0; i < 20; ++i) {
    look(false);
    struct stat status{};
    const std::string path = (bench_.root() / "packages/a/src/x").string();
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    bench_.write("packages/a/src/x", std::to_string(2000 + i));
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
    EXPECT_THAT(changed(), ElementsAre("packages/a/src/x")) << "round " << i;
  }
}

TEST_F(ChangedInputsTest, AnInputThatIsNoFileAnyMoreIsAChange) {
  look();
  fs::remove(bench_.root() / "packages/a/src/x");
  ASSERT_EQ(::mkfifo((bench_.root() / "packages/a/src/x").c_str(), 0600), 0);
  EXPECT_THAT(changed(), ElementsAre("packages/a/src/x"));
}

TEST_F(ChangedInputsTest, WhenTheWorkspaceIsGoneThatIsAChange) {
  look();
  EXPECT_THAT(changed_inputs("/no/such/root", fingerprint_, *index_), ElementsAre("/no/such/root"));
}

TEST_F(ChangedInputsTest, ATaskWithoutACommandHasOnlyItsFiles) {
  bench_.graph.tasks[0].has_command = false;
  look();
  bench_.write("package-lock.json", "{ }");
  EXPECT_THAT(changed(), IsEmpty());
  bench_.write("packages/a/other", "2");
  EXPECT_THAT(changed(), ElementsAre("packages/a/other"));
}

// Also where what it says to the package is the same: nobody knows what the task saw of it.
TEST_F(ChangedInputsTest, ALockfileThatIsTakenApartIsStillLookedAtWhole) {
  bench_.add_package("packages/b", "b");
  bench_.write(
      "package-lock.json",
      R"({"lockfileVersion": 3, "packages": {"": {}, "packages/a": {}, "packages/b": {}}})");
  look();
  EXPECT_THAT(changed(), IsEmpty());
  bench_.write("package-lock.json",
               R"({"lockfileVersion": 3, "packages": {"": {}, "packages/a": {}, "packages/b": {},
                   "node_modules/x": {"version": "1.0.0"}}})");
  EXPECT_THAT(changed(), ElementsAre("package-lock.json"));
}

}  // namespace
}  // namespace vc::agent
