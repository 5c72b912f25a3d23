#include "agent/fingerprint.hpp"

#include "agent/testing/fingerprint_bench.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using ::testing::ElementsAre;
using testing::FingerprintBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::wait_for_next_tick;

// A package `a` with a task `build` that has the default inputs.
class FingerprintTest : public ::testing::Test {
 protected:
  FingerprintTest() {
    package_ = bench_.add_package("packages/a", "a");
    bench_.define("build");
  }

  void use_inputs(std::vector<std::string> patterns) {
    bench_.config.pipeline["build"].inputs = FingerprintBench::patterns(std::move(patterns));
  }

  FingerprintBench bench_;
  PackageId package_ = 0;
};

TEST_F(FingerprintTest, AnUnchangedTreeIsNotReadAgain) {
  for (int i = 0; i < 50; ++i) {
    bench_.write("packages/a/src/" + std::to_string(i), std::to_string(i));
  }
  bench_.add_task(package_, "build");
  wait_for_next_tick(bench_.root());
  const std::string first = bench_.key();
  EXPECT_EQ(bench_.statistics.recorded, 51U) << "50 sources and the manifest";
  EXPECT_EQ(bench_.statistics.unsettled, 0U);
  EXPECT_EQ(bench_.key(), first);
  EXPECT_EQ(bench_.statistics.recorded, 0U);
}

TEST_F(FingerprintTest, ATouchedFileAloneIsReadAgain) {
  bench_.write("packages/a/x", "1");
  bench_.write("packages/a/y", "1");
  bench_.add_task(package_, "build");
  wait_for_next_tick(bench_.root());
  const std::string first = bench_.key();
  const std::array<timespec, 2> times{timespec{.tv_sec = 1'000'000}, timespec{.tv_sec = 1'000'000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (bench_.root() / "packages/a/x").c_str(), times.data(), 0), 0);
  wait_for_next_tick(bench_.root());
  EXPECT_EQ(bench_.key(), first);
  EXPECT_EQ(bench_.statistics.recorded, 1U);
  EXPECT_EQ(bench_.key(), first);
  EXPECT_EQ(bench_.statistics.recorded, 0U);
}

// The racy cases: the same size, the mtime set back, and not a clock tick between the writes.
TEST_F(FingerprintTest, AFileWrittenTwiceWithinATickIsSeenToHaveChanged) {
  bench_.write("packages/a/x", "0000");
  bench_.add_task(package_, "build");
  std::string before;
  for (int i = 0; i < 30; ++i) {
    struct stat status{};
    const std::string path = (bench_.root() / "packages/a/x").string();
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    bench_.write("packages/a/x", std::to_string(1000 + i));
    const std::array<timespec, 2> times{status.st_atim, status.st_mtim};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0), 0);
    const std::string key = bench_.key();
    EXPECT_NE(key, before) << "round " << i;
    before = key;
  }
}

TEST_F(FingerprintTest, KeysDoNotDependOnTheNumberOfThreads) {
  bench_.workspace.packages.clear();
  for (int i = 0; i < 40; ++i) {
    const std::string name = "p" + std::to_string(100 + i);
    const PackageId id = bench_.add_package("packages/" + name, name);
    bench_.write("packages/" + name + "/x/y", name);
    bench_.add_task(id, "build", i == 0 ? std::vector<TaskId>{} : std::vector<TaskId>{0});
  }
  std::vector<std::string> keys;
  for (const unsigned threads : {1U, 2U, 8U}) {
    fs::remove_all(bench_.root() / ".velocity");
    bench_.options.threads = threads;
    std::string all;
    for (const TaskFingerprint& task : bench_.must_run().tasks) {
      all += task.key.hex();
    }
    keys.push_back(all);
  }
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_EQ(keys[0], keys[2]);
}

// Cargo.lock is for crates; go.mod files of all modules are one ingredient of each.
TEST_F(FingerprintTest, FilesOfOneKindCountForItsPackagesWhateverTheInputs) {
  const PackageId other = bench_.add_package("packages/b", "b");
  use_inputs({"x"});
  bench_.write("packages/a/x", "1");
  bench_.write("packages/b/x", "1");
  bench_.workspace.shared_files = {
      {.name = "Cargo.lock", .paths = {"Cargo.lock"}},
      {.name = "go.mod and go.sum", .paths = {"m/go.mod", "packages/b/go.mod"}}};
  bench_.workspace.packages[package_].native_manifests = {"packages/a/Cargo.toml"};
  bench_.workspace.packages[package_].shared = {0};
  bench_.workspace.packages[other].shared = {1};
  for (const char* path :
       {"Cargo.lock", "m/go.mod", "packages/a/Cargo.toml", "packages/b/go.mod"}) {
    bench_.write(path, "1");
  }
  bench_.add_task(package_, "build");
  bench_.add_task(other, "build");
  std::string a = bench_.key(0);
  std::string b = bench_.key(1);
  const auto changed = [&](const char* path, bool changes_a, bool changes_b) {
    bench_.write(path, "22");
    EXPECT_EQ(bench_.key(0) != a, changes_a) << path;
    EXPECT_EQ(bench_.key(1) != b, changes_b) << path;
    a = bench_.key(0);
    b = bench_.key(1);
  };
  changed("Cargo.lock", true, false);
  changed("packages/a/Cargo.toml", true, false);
  changed("m/go.mod", false, true);
  changed("packages/b/go.mod", false, true);
  fs::remove(bench_.root() / "Cargo.lock");
  EXPECT_NE(bench_.key(0), a);
  fs::remove(bench_.root() / "m/go.mod");
  EXPECT_NE(bench_.key(1), b);
}

// What each package gets from the lockfile, not that it was edited.
TEST_F(FingerprintTest, ALockfileCountsByWhatItSaysToThePackage) {
  const PackageId other = bench_.add_package("packages/b", "b");
  bench_.workspace.lockfile = "package-lock.json";
  const auto lock = [&](const std::string& version) {
    bench_.write("package-lock.json",
                 R"({"lockfileVersion": 3, "packages": {"": {}, "packages/a": {},
                     "packages/b": {"dependencies": {"x": "*"}},
                     "node_modules/x": {"version": ")" +
                     version + R"("}}})");
  };
  lock("1.0.0");
  bench_.add_task(package_, "build");
  bench_.add_task(other, "build");
  const std::string a = bench_.key(0);
  const std::string b = bench_.key(1);
  EXPECT_EQ(bench_.key(1), b);
  lock("1.1.0");
  EXPECT_EQ(bench_.key(0), a);
  EXPECT_NE(bench_.key(1), b);
  lock("1.0.0");
  EXPECT_EQ(bench_.key(1), b);
}

// B17: a task without `inputs` is not a task without inputs.
TEST_F(FingerprintTest, WithoutInputsEveryFileOfThePackageCounts) {
  bench_.write("packages/a/x", "1");
  bench_.add_task(package_, "build");
  const std::string before = bench_.key();
  bench_.write("packages/a/deep/down/y", "1");
  EXPECT_NE(bench_.key(), before);
  EXPECT_THAT(bench_.inputs(), ElementsAre("deep/down/y", "package.json", "x"));
}

TEST_F(FingerprintTest, AnEmptyListOfInputsLeavesTheManifest) {
  use_inputs({});
  bench_.write("packages/a/x", "1");
  bench_.add_task(package_, "build");
  const std::string before = bench_.key();
  bench_.write("packages/a/x", "2");
  EXPECT_EQ(bench_.key(), before);
  bench_.write("packages/a/package.json", "{}");
  EXPECT_NE(bench_.key(), before);
}

// B18: directories are never entered by the process itself.
TEST_F(FingerprintTest, TheWorkingDirectoryOfTheProcessStaysAndDoesNotMatter) {
  bench_.write("packages/a/x", "1");
  bench_.add_task(package_, "build");
  const fs::path before = fs::current_path();
  bench_.options.threads = 8;
  EXPECT_FALSE(bench_.key().empty());
  EXPECT_EQ(fs::current_path(), before);
}

TEST_F(FingerprintTest, ADependencyWithoutTheTaskCountsWithItsFilesAndDependencies) {
  const PackageId lib = bench_.add_package("packages/lib", "lib");
  const PackageId base = bench_.add_package("packages/lib-base", "base");
  bench_.write("packages/lib/x", "1");
  bench_.write("packages/lib-base/x", "1");
  for (const PackageId package : {base, lib}) {
    const TaskId id = bench_.add_task(package, "build");
    bench_.graph.tasks[id].has_command = false;
    bench_.graph.tasks[id].definition.inputs = FingerprintBench::patterns({"nothing"});
  }
  bench_.graph.tasks[1].dependencies = {0};
  const TaskId app = bench_.add_task(package_, "build", {1});
  const std::string before = bench_.key(app);
  bench_.write("packages/lib/x", "2");
  const std::string after = bench_.key(app);
  EXPECT_NE(after, before);
  bench_.write("packages/lib-base/x", "2");
  EXPECT_NE(bench_.key(app), after);
}

TEST_F(FingerprintTest, ADependencyWithoutTheTaskHasNothingElseInItsKey) {
  bench_.graph.tasks.clear();
  const TaskId id = bench_.add_task(package_, "build");
  bench_.graph.tasks[id].has_command = false;
  const std::string before = bench_.key(id);
  bench_.environment.set("CFLAGS", "-O3");
  bench_.graph.tasks[id].definition.command = "other";
  bench_.write("package-lock.json", "{}");
  bench_.workspace.lockfile = "package-lock.json";
  EXPECT_EQ(bench_.key(id), before);
}

TEST_F(FingerprintTest, EveryIngredientIsKeptWithAName) {
  use_inputs({"x", "run", "link"});
  bench_.config.global_inputs = {"rules"};
  bench_.write("rules", "1");
  bench_.write("packages/a/x", "1");
  bench_.write("packages/a/run", "1");
  ASSERT_EQ(::chmod((bench_.root() / "packages/a/run").c_str(), 0755), 0);
  bench_.link("packages/a/link", "nowhere");
  bench_.add_task(package_, "build");
  const auto ingredients = bench_.ingredients();
  const auto has = [&](IngredientKind kind, const std::string& name, const std::string& value) {
    return std::ranges::find(ingredients, Ingredient{.kind = kind, .name = name, .value = value}) !=
           ingredients.end();
  };
  EXPECT_TRUE(has(IngredientKind::version, "", std::to_string(kFingerprintVersion)));
  EXPECT_TRUE(has(IngredientKind::package, "", "packages/a"));
  EXPECT_TRUE(has(IngredientKind::task, "", "build"));
  EXPECT_TRUE(has(IngredientKind::definition, "command", "make build"));
  EXPECT_TRUE(has(IngredientKind::input, "x", "file " + sha256("1").hex()));
  EXPECT_TRUE(has(IngredientKind::input, "run", "executable " + sha256("1").hex()));
  EXPECT_TRUE(has(IngredientKind::input, "link", "link " + sha256("nowhere").hex()));
  EXPECT_TRUE(has(IngredientKind::global_input, "rules", "file " + sha256("1").hex()));
  EXPECT_TRUE(has(IngredientKind::environment, "CFLAGS", "unset"));
}

TEST_F(FingerprintTest, ValuesOfVariablesAppearOnlyAsDigests) {
  bench_.config.pipeline["build"].env = {"PASSWORD"};
  bench_.environment.set("PASSWORD", "correct horse");
  bench_.add_task(package_, "build");
  bool found = false;
  for (const Ingredient& ingredient : bench_.ingredients()) {
    EXPECT_THAT(ingredient.value, Not(HasSubstr("horse")));
    found = found ||
            (ingredient.name == "PASSWORD" && ingredient.value == sha256("correct horse").hex());
  }
  EXPECT_TRUE(found);
}

TEST_F(FingerprintTest, NamesNeedNotBeUtf8) {
  bench_.write("packages/a/\xff\xfe\n.c", "1");
  bench_.add_task(package_, "build");
  EXPECT_THAT(bench_.inputs(), ElementsAre("package.json", "\xff\xfe\n.c"));
}

// B23: following it would never end, or hash what is not in the package.
TEST_F(FingerprintTest, LinksAreRecordedAndNotFollowed) {
  bench_.write("packages/a/dir/file", "1");
  bench_.link("packages/a/dangling", "nowhere");
  bench_.link("packages/a/loop", ".");
  bench_.link("packages/a/outside", "/etc");
  bench_.add_task(package_, "build");
  EXPECT_THAT(bench_.inputs(),
              ElementsAre("dangling", "dir/file", "loop", "outside", "package.json"));
}

TEST_F(FingerprintTest, ALinkWhereAPatternWouldGoOnIsAnInput) {
  use_inputs({"src/*.c"});
  bench_.write("packages/a/real/x.c", "1");
  bench_.link("packages/a/src", "real");
  bench_.link("packages/a/other", "real");
  bench_.add_task(package_, "build");
  EXPECT_THAT(bench_.inputs(), ElementsAre("src"));
}

// B23: a FIFO among the inputs must not make the run wait for ever.
TEST_F(FingerprintTest, AFifoAmongExplicitInputsIsAnErrorThatNamesIt) {
  use_inputs({"**"});
  ASSERT_EQ(::mkfifo((bench_.root() / "packages/a/pipe").c_str(), 0600), 0);
  bench_.add_task(package_, "build");
  const std::string errors = bench_.errors();
  EXPECT_THAT(errors, HasSubstr("packages/a/pipe"));
  EXPECT_THAT(errors, HasSubstr("VC0402"));
}

TEST_F(FingerprintTest, ASocketAmongExplicitInputsIsAnErrorThatNamesIt) {
  use_inputs({"**"});
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const UniqueFd owner(fd);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = (bench_.root() / "packages/a/socket").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  bench_.add_task(package_, "build");
  EXPECT_THAT(bench_.errors(), HasSubstr("packages/a/socket"));
}

TEST_F(FingerprintTest, AFifoAmongDefaultInputsIsNoFileToUsAsItIsNoneToGit) {
  bench_.add_task(package_, "build");
  const std::string before = bench_.key();
  ASSERT_EQ(::mkfifo((bench_.root() / "packages/a/pipe").c_str(), 0600), 0);
  EXPECT_EQ(bench_.key(), before);
}

// As somebody who may not read everything, also when the tests run as root.
class UnprivilegedScope {
 public:
  UnprivilegedScope() : before_(::setfsuid(kNobody)) {}

  ~UnprivilegedScope() { ::setfsuid(static_cast<uid_t>(before_)); }

  UnprivilegedScope(const UnprivilegedScope&) = delete;
  UnprivilegedScope& operator=(const UnprivilegedScope&) = delete;
  UnprivilegedScope(UnprivilegedScope&&) = delete;
  UnprivilegedScope& operator=(UnprivilegedScope&&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  int before_;
};

TEST_F(FingerprintTest, WhatCannotBeReadIsAnErrorThatNamesIt) {
  bench_.write("packages/a/closed", "1");
  bench_.write("packages/a/dir/x", "1");
  bench_.add_task(package_, "build");
  fs::permissions(bench_.root(), fs::perms::all);
  ASSERT_EQ(::chmod((bench_.root() / "packages/a/closed").c_str(), 0), 0);
  ASSERT_EQ(::chmod((bench_.root() / "packages/a/dir").c_str(), 0), 0);
  bench_.options.threads = 1;  // The file system's user is a property of the thread.
  std::string errors;
  {
    const UnprivilegedScope unprivileged;
    const auto index = FileIndex::load(bench_.index_file());
    const auto result = compute_fingerprints(bench_.config, bench_.workspace, bench_.graph,
                                             bench_.environment, *index, bench_.options);
    ASSERT_FALSE(result);
    errors = render(result.error());
  }
  ASSERT_EQ(::chmod((bench_.root() / "packages/a/dir").c_str(), 0755), 0);
  EXPECT_THAT(errors, HasSubstr("packages/a/closed"));
  EXPECT_THAT(errors, HasSubstr("packages/a/dir"));
  EXPECT_THAT(errors, HasSubstr("VC0401"));
}

TEST_F(FingerprintTest, AMissingPackageDirectoryIsAnError) {
  bench_.add_task(package_, "build");
  fs::remove_all(bench_.root() / "packages/a");
  EXPECT_THAT(bench_.errors(), HasSubstr("packages/a"));
}

TEST_F(FingerprintTest, TreesUpToTheDepthLimitAreWalked) {
  const auto nested = [](int depth) {
    std::string path = "packages/a";
    for (int i = 0; i < depth; ++i) {
      path += "/d";
    }
    return path;
  };
  bench_.write(nested(256) + "/x", "1");
  bench_.add_task(package_, "build");
  EXPECT_EQ(bench_.inputs().size(), 2U);
  bench_.write(nested(257) + "/x", "1");
  EXPECT_THAT(bench_.errors(), HasSubstr("256 directories deep"));
}

TEST_F(FingerprintTest, AnUnwritableStateDirectoryCostsOnlyTime) {
  bench_.write("packages/a/x", "1");
  bench_.write(".velocity", "a file where the directory should be");
  bench_.add_task(package_, "build");
  const auto index = FileIndex::load(bench_.index_file());
  const auto compute = [&] {
    return compute_fingerprints(bench_.config, bench_.workspace, bench_.graph, bench_.environment,
                                *index, bench_.options);
  };
  const auto first = compute();
  const auto second = compute();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->tasks[0].key, second->tasks[0].key);
  EXPECT_EQ(index->statistics().recorded, 4U) << "everything was read twice";
  EXPECT_THAT(first->warnings, IsEmpty());
}

}  // namespace
}  // namespace vc::agent
