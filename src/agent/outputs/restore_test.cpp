#include "agent/outputs.hpp"
#include "agent/outputs/staging.hpp"
#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"
#include "core/testing/small_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace vc::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Tree kNew{
    {"dist/index.js", file("new")},    {"dist/run", program("#!/bin/sh\n")},
    {"dist/sub/x.js", file("new x")},  {"dist/empty", directory()},
    {"dist/latest", link("index.js")}, {"report.html", file("<html>")},
};

const std::vector<std::string> kPatterns{"dist/**", "report.html"};

struct RestoreTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path root = temp.path() / "root";
  fs::path package = root / "web";
  fs::path state = root / ".velocity";
  GlobSet set = globs(kPatterns);
  std::string archive;

  RestoreTest() {
    fs::create_directories(package);
    const fs::path origin = temp.path() / "origin/web";
    fs::create_directories(origin);
    write_tree(origin, kNew);
    archive =
        pack_outputs({.root = temp.path() / "origin", .package = "web", .globs = &set}, "log");
  }

  OutputScope scope() const { return {.root = root, .package = "web", .globs = &set}; }

  RestoreRequest request() const {
    return {.scope = scope(),
            .state_directory = state,
            .key = test_key(),
            .archive_sha256 = sha256(archive),
            .label = "web#build",
            .limits = {}};
  }

  Result<UnpackedArtifact> restore() { return restore_outputs(request(), source_of(archive)); }

  void expect_restored() {
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_EQ(restored->log, "log");
    expect_no_leftovers();
  }

  void expect_no_leftovers() { EXPECT_THAT(read_tree(state / "staging"), IsEmpty()); }

  void write_record() {
    const auto collected = collect_outputs(scope()).value();
    ASSERT_TRUE(write_output_record(state, "web#build", scope(),
                                    {.key = sha256("old key"),
                                     .duration_ms = 0,
                                     .log = "",
                                     .entries = collected.entries,
                                     .verified_at = collected.verified_at,
                                     .stamps = {},
                                     .file = {}}));
  }

  bool has_record() { return read_output_record(state, "web#build").has_value(); }
};

TEST_F(RestoreTest, IntoAnEmptyPackage) {
  expect_restored();
  EXPECT_EQ(read_tree(package), kNew);
}

// A hit equals a clean build: nothing stale stays, whatever its kind.
TEST_F(RestoreTest, OverAnotherTreeNothingStaleStays) {
  write_tree(package, {{"dist/index.js", file("old", 0755)},
                       {"dist/run", file("old, not executable")},
                       {"dist/stale.js", file("old")},
                       {"dist/sub", file("a file where a directory comes")},
                       {"dist/latest/x", file("a directory where a link comes")},
                       {"dist/empty/full", file("full")},
                       {"src/index.ts", file("source")},
                       {"package.json", file("{}")}});
  expect_restored();
  Tree expected = kNew;
  expected["src/index.ts"] = file("source");
  expected["package.json"] = file("{}");
  EXPECT_EQ(read_tree(package), expected);
}

TEST_F(RestoreTest, OverTheSameTreeAgain) {
  expect_restored();
  expect_restored();
  EXPECT_EQ(read_tree(package), kNew);
}

// B7: `dist -> ../../elsewhere` is replaced as a link.
TEST_F(RestoreTest, ALinkInThePlaceOfAnOutputIsReplacedNotFollowed) {
  write_tree(root, {{"elsewhere/index.js", file("kept")}});
  write_tree(package, {{"dist", link("../elsewhere")}});
  expect_restored();
  EXPECT_EQ(read_tree(package), kNew);
  EXPECT_EQ(read_tree(root / "elsewhere"), (Tree{{"index.js", file("kept")}}));
}

TEST_F(RestoreTest, FilesThatAreNoOutputsStayWhereTheyAre) {
  set = globs({"dist/**/*.js", "dist/run", "dist/latest", "dist/empty", "report.html"});
  write_tree(package, {{"dist/notes.txt", file("kept")},
                       {"dist/sub/notes.txt", file("kept")},
                       {"dist/old.js", file("old")},
                       {"dist/gone/old.js", file("old")}});
  expect_restored();
  Tree expected = kNew;
  expected["dist/notes.txt"] = file("kept");
  expected["dist/sub/notes.txt"] = file("kept");
  EXPECT_EQ(read_tree(package), expected);
}

TEST_F(RestoreTest, AFileThatIsNoOutputInTheWayIsAConflictAndNothingChanges) {
  set = globs({"dist/*.js", "dist/run", "dist/sub/*", "dist/latest", "dist/empty", "report.html"});
  for (const auto& [path, node] : Tree{{"dist", file("no output")},
                                       {"dist", link("../elsewhere")},
                                       {"dist/index.js/keep", file("no output")}}) {
    fs::remove_all(package);
    fs::create_directories(package);
    const Tree before{{path, node}, {"report.html", file("old")}};
    write_tree(package, before);
    write_record();
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::conflict);
    EXPECT_THAT(restored.error().message, HasSubstr("dist"));
    EXPECT_NE(restored.error().hint, "");
    EXPECT_EQ(read_tree(package), before);
    EXPECT_TRUE(has_record());
    expect_no_leftovers();
  }
}

// B11, B16: any doubt leaves everything as it was.
TEST_F(RestoreTest, ADamagedArtifactChangesNothing) {
  const Tree before{{"dist/index.js", file("old")}, {"dist/stale.js", file("old")}};
  write_tree(package, before);
  write_record();
  std::string broken = archive;
  broken[broken.size() / 2] = static_cast<char>(broken[broken.size() / 2] ^ 1);
  auto wrong_digest = request();
  wrong_digest.archive_sha256 = sha256("something else");
  auto wrong_key = request();
  wrong_key.key = sha256("another key");
  const std::pair<RestoreRequest, std::string> cases[] = {
      {request(), broken},  {request(), archive.substr(0, archive.size() - 1)},
      {request(), ""},      {wrong_digest, archive},
      {wrong_key, archive},
  };
  for (const auto& [wanted, bytes] : cases) {
    const auto restored = restore_outputs(wanted, source_of(bytes));
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::corrupt) << restored.error().message;
    EXPECT_EQ(read_tree(package), before);
    EXPECT_TRUE(has_record());
    expect_no_leftovers();
  }
}

TEST_F(RestoreTest, AnArtifactWithFilesTheTaskDoesNotDeclareIsCorrupt) {
  set = globs({"dist/**"});
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Errc::corrupt);
  EXPECT_THAT(restored.error().message, HasSubstr("report.html is not among the task's outputs"));
  EXPECT_THAT(read_tree(package), IsEmpty());
}

TEST_F(RestoreTest, ASourceThatFailsLeavesEverythingAsItWas) {
  write_tree(package, {{"dist/index.js", file("old")}});
  const auto restored = restore_outputs(request(), [](std::span<std::byte>) -> Result<std::size_t> {
    return fail(Errc::unavailable, "connection reset");
  });
  EXPECT_EQ(restored.error().code, Errc::unavailable);
  EXPECT_EQ(read_tree(package), (Tree{{"dist/index.js", file("old")}}));
  expect_no_leftovers();
}

TEST_F(RestoreTest, TheOldRecordIsGoneAfterwards) {
  write_tree(package, {{"dist/index.js", file("old")}});
  write_record();
  expect_restored();
  EXPECT_FALSE(has_record());
}

TEST_F(RestoreTest, TheStateDirectoryHidesItselfFromGit) {
  expect_restored();
  EXPECT_EQ(read_file(state / ".gitignore").value(), "*\n");
}

TEST_F(RestoreTest, AnEmptyArtifactRemovesWhatIsThere) {
  archive = try_pack(manifest_of({}), "log", package)->bytes;
  write_tree(package, {{"dist/index.js", file("old")}, {"src/a", file("")}});
  expect_restored();
  EXPECT_EQ(read_tree(package), (Tree{{"src/a", file("")}}));
}

TEST_F(RestoreTest, TheWorkspaceRootIsAPackageLikeOthers) {
  fs::remove_all(root);
  fs::create_directory(root);
  auto wanted = request();
  wanted.scope.package = "";
  ASSERT_TRUE(restore_outputs(wanted, source_of(archive)));
  fs::remove_all(state);
  EXPECT_EQ(read_tree(root), kNew);
}

// Renames do not cross file systems; /dev/shm is another one than /tmp on nearly every Linux.
TEST_F(RestoreTest, AStateDirectoryOnAnotherFileSystemMeansCopying) {
  auto elsewhere = TempDir::create("/dev/shm");
  struct stat here{};
  struct stat there{};
  if (!elsewhere || ::stat(root.c_str(), &here) != 0 ||
      ::stat(elsewhere->path().c_str(), &there) != 0 || here.st_dev == there.st_dev) {
    GTEST_SKIP() << "needs /dev/shm on another file system";
  }
  state = elsewhere->path() / ".velocity";
  write_tree(package, {{"dist/index.js", file("old")},
                       {"dist/stale/deep", file("old")},
                       {"dist/sub", file("a file where a directory comes")},
                       {"src/a", file("kept")}});
  expect_restored();
  Tree expected = kNew;
  expected["src/a"] = file("kept");
  EXPECT_EQ(read_tree(package), expected);
  expect_restored();  // Over itself.
  EXPECT_EQ(read_tree(package), expected);
}

// A directory of the package that is a mount point, as containers make of dist or node_modules.
TEST_F(RestoreTest, AMountPointIsFilledNotReplaced) {
  write_tree(package, {{"dist", directory()}});
  const auto run = on_small_disk(package / "dist", 1 << 20, [&] {
    write_tree(package, {{"dist/stale.js", file("old")}});
    expect_restored();
    EXPECT_EQ(read_tree(package), kNew);
    expect_restored();  // Over itself.
    EXPECT_EQ(read_tree(package), kNew);
  });
  if (run == SmallDiskRun::not_permitted) {
    GTEST_SKIP() << "needs the right to mount";
  }
  EXPECT_EQ(run, SmallDiskRun::passed);
}

// B16, B32: a disk that fills up while unpacking.
TEST_F(RestoreTest, AFullDiskLeavesTheOldTree) {
  const fs::path origin = temp.path() / "large";
  write_tree(origin, {{"web/dist/big", file(std::string(1 << 20, 'b'))}});
  archive = pack_outputs({.root = origin, .package = "web", .globs = &set});
  root = temp.path() / "small";
  package = root / "web";
  state = root / ".velocity";
  fs::create_directory(root);
  const auto run = on_small_disk(root, 256 << 10, [&] {
    const Tree before{{"dist/index.js", file("old")}};
    write_tree(package, before);
    write_record();
    const auto restored = restore();
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::no_space);
    EXPECT_NE(restored.error().hint, "");
    EXPECT_EQ(read_tree(package), before);
    EXPECT_TRUE(has_record());
    expect_no_leftovers();
  });
  if (run == SmallDiskRun::not_permitted) {
    GTEST_SKIP() << "needs the right to mount";
  }
  EXPECT_EQ(run, SmallDiskRun::passed);
}

TEST_F(RestoreTest, WithoutAnythingInterruptedThereIsNothingToFinish) {
  EXPECT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_FALSE(fs::exists(state));
}

// What tests/integration/artifact_kill_test.cpp does with a real kill at every step, here at the
// three states that count.
struct InterruptedRestoreTest : RestoreTest {
  const Tree before{{"dist/old.js", file("old")}, {"report.html", file("old")}};

  InterruptedRestoreTest() { write_tree(package, before); }

  // What a process that is gone has left: its lock is free, its files stay. They get another name,
  // because the owner's destructor removes its own.
  void interrupt(const std::function<void(Staging&)>& steps) {
    Staging staging = Staging::create(state).value();
    ASSERT_TRUE(unpack_archive(source_of(archive), staging.tree_fd(), test_key()));
    steps(staging);
    for (const char* suffix : {"", ".intent"}) {
      fs::copy(state / "staging" / (staging.id() + suffix), left(suffix),
               fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    }
  }

  fs::path left(const std::string& suffix) const {
    return state / "staging" / ("0123456789abcdef" + suffix);
  }

  RestoreIntent intent() const {
    return {.package = "web", .label = "web#build", .patterns = kPatterns};
  }
};

TEST_F(InterruptedRestoreTest, BeforeTheIntentItIsDiscarded) {
  write_record();
  interrupt([](Staging&) {});
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), before);
  EXPECT_TRUE(has_record());
  expect_no_leftovers();
}

TEST_F(InterruptedRestoreTest, AfterTheIntentItIsCompleted) {
  write_record();
  interrupt(
      [&](Staging& staging) { ASSERT_TRUE(staging.record(intent(), Staging::Phase::replacing)); });
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), kNew);
  EXPECT_FALSE(has_record());
  expect_no_leftovers();
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), kNew);
}

TEST_F(InterruptedRestoreTest, HalfPlacedItIsCompleted) {
  interrupt([&](Staging& staging) {
    ASSERT_TRUE(staging.record(intent(), Staging::Phase::replacing));
    ASSERT_TRUE(staging.begin_placing());
  });
  // As if the old tree were aside and report.html in its place already.
  fs::remove_all(package / "dist");
  fs::rename(left("") / "report.html", package / "report.html");
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), kNew);
  expect_no_leftovers();
}

TEST_F(InterruptedRestoreTest, ARecordThatWasNotWrittenToItsEndIsDiscarded) {
  interrupt(
      [&](Staging& staging) { ASSERT_TRUE(staging.record(intent(), Staging::Phase::replacing)); });
  const fs::path record = left(".intent");
  const std::string text = read_file(record).value();
  ASSERT_TRUE(write_file_atomically(record, text.substr(0, text.size() - 1)));
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), before);
  expect_no_leftovers();
}

TEST_F(InterruptedRestoreTest, ARecordThatLeadsOutOfTheWorkspaceIsDiscarded) {
  for (const char* elsewhere : {"../outside", "/etc", "a/../../b"}) {
    write_tree(temp.path(), {{"outside/dist/keep", file("kept")}});
    interrupt([&](Staging& staging) {
      RestoreIntent hostile = intent();
      hostile.package = elsewhere;
      ASSERT_TRUE(staging.record(hostile, Staging::Phase::replacing));
    });
    ASSERT_TRUE(finish_interrupted_restores(root, state));
    EXPECT_EQ(read_tree(temp.path() / "outside"), (Tree{{"dist/keep", file("kept")}}));
    EXPECT_EQ(read_tree(package), before);
    expect_no_leftovers();
    fs::remove_all(temp.path() / "outside");
  }
}

TEST_F(InterruptedRestoreTest, ARestoreUnderWayElsewhereIsLeftAlone) {
  Staging living = Staging::create(state).value();
  ASSERT_TRUE(unpack_archive(source_of(archive), living.tree_fd(), test_key()));
  ASSERT_TRUE(living.record(intent(), Staging::Phase::replacing));
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(package), before);
  EXPECT_EQ(read_tree(state / "staging" / living.id()), kNew);
}

TEST_F(InterruptedRestoreTest, OtherNamesInTheStagingDirectoryAreNotTouched) {
  write_tree(state, {{"staging/README", file("kept")},
                     {"staging/mine/file", file("kept")},
                     {"staging/0123.intent", file("")}});
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(
      read_tree(state / "staging"),
      (Tree{{"README", file("kept")}, {"mine/file", file("kept")}, {"0123.intent", file("")}}));
}

TEST_F(InterruptedRestoreTest, OldTemporaryFilesAreSweptAndFreshOnesStay) {
  write_tree(state, {{"outputs/.vc-tmp-old", file("")}, {"outputs/.vc-tmp-fresh", file("")}});
  fs::last_write_time(state / "outputs/.vc-tmp-old",
                      fs::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_TRUE(finish_interrupted_restores(root, state));
  EXPECT_EQ(read_tree(state / "outputs"), (Tree{{".vc-tmp-fresh", file("")}}));
}

}  // namespace
}  // namespace vc::agent
