#include "agent/trace/access_log.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <algorithm>

namespace vc::agent {
namespace {

class AccessLogTest : public ::testing::Test {
 protected:
  AccessLogTest() : directory_(TempDir::create().value()), log_(root()) {}

  std::string root() const { return fs::canonical(directory_.path()).string(); }

  std::string at(std::string_view path) const { return root() + "/" + std::string(path); }

  void write(std::string_view path) const {
    EXPECT_TRUE(write_file_atomically(at(path), "x").has_value());
  }

  void open(std::string_view path, std::uint64_t flags = O_RDONLY) {
    log_.note({.kind = CallKind::open, .flags = flags, .path = at(path), .second_path = {}});
  }

  void note(CallKind kind, std::string_view path, std::string_view second = "") {
    log_.note({.kind = kind,
               .flags = 0,
               .path = at(path),
               .second_path = second.empty() ? "" : at(second)});
  }

  Access settled(std::string_view path) const {
    const Trace trace = log_.settle();
    const auto found = std::ranges::find(trace.accesses, path, &Access::path);
    return found == trace.accesses.end() ? Access{} : *found;
  }

  TempDir directory_;
  AccessLog log_;
};

TEST_F(AccessLogTest, SaysWhatWasThereBeforeTheCall) {
  write("there");
  open("there");
  open("absent");
  EXPECT_TRUE(settled("there").touches.has(Touch::read));
  EXPECT_TRUE(settled("absent").touches.has(Touch::missed));
  EXPECT_FALSE(settled("absent").existed_before);
}

TEST_F(AccessLogTest, OpeningForWritingWithoutCreatingIsAProbe) {
  open("absent", O_WRONLY);
  EXPECT_TRUE(settled("absent").touches.has(Touch::missed));
  EXPECT_FALSE(settled("absent").touches.has(Touch::written));
}

TEST_F(AccessLogTest, ReadingAfterWritingIsItsOwn) {
  open("made", O_WRONLY | O_CREAT | O_TRUNC);
  write("made");
  open("made");
  EXPECT_TRUE(settled("made").wrote_first);
  EXPECT_FALSE(settled("made").existed_before);
  EXPECT_TRUE(settled("made").exists_after);
}

TEST_F(AccessLogTest, AnUpdateInPlaceReadsFirst) {
  write("database");
  open("database", O_RDWR | O_CREAT);
  EXPECT_TRUE(settled("database").touches.has(Touch::read));
  EXPECT_FALSE(settled("database").wrote_first);
}

TEST_F(AccessLogTest, TheNamesOfOneFileAreOneAccess) {
  write("a/file");
  fs::create_directory_symlink("a", at("link"));
  open("a/../link/./file");
  open("a//file", O_WRONLY);
  const Access access = settled("a/file");
  EXPECT_TRUE(access.touches.has(Touch::read) && access.touches.has(Touch::written));
  EXPECT_TRUE(settled("link").touches.has(Touch::read)) << "the link itself was read";
}

TEST_F(AccessLogTest, ACircleOfLinksEnds) {
  fs::create_symlink("b", at("a"));
  fs::create_symlink("a", at("b"));
  open("a/x");
  EXPECT_TRUE(log_.settle().accesses.size() >= 2);
}

TEST_F(AccessLogTest, ARenameRemovesOneNameAndWritesAnother) {
  write("old");
  note(CallKind::rename, "old", "new");
  fs::rename(at("old"), at("new"));
  EXPECT_TRUE(settled("old").touches.has(Touch::removed));
  EXPECT_TRUE(settled("new").touches.has(Touch::written));
  note(CallKind::rename, "absent", "nothing");
  EXPECT_EQ(settled("nothing").path, "");
}

TEST_F(AccessLogTest, WhatHasNoNameOrLiesElsewhereIsNotTold) {
  open("", O_RDWR | O_TMPFILE);
  log_.note(
      {.kind = CallKind::look, .flags = 0, .path = "/usr/include/stdio.h", .second_path = {}});
  log_.note({.kind = CallKind::look, .flags = 0, .path = root() + "-beside/x", .second_path = {}});
  log_.note({.kind = CallKind::look, .flags = 0, .path = "", .second_path = {}});
  log_.note_unreadable();
  const Trace trace = log_.settle();
  EXPECT_TRUE(trace.accesses.empty());
  EXPECT_EQ(trace.counts.calls, 5U);
  EXPECT_EQ(trace.counts.outside, 2U);
  EXPECT_EQ(trace.counts.unreadable, 1U);
}

TEST_F(AccessLogTest, TheTopmostAbsentDirectoryIsNamed) {
  open("types/deep/x.ts");
  EXPECT_EQ(settled("types/deep/x.ts").absent_directory, "types");
}

TEST_F(AccessLogTest, MakingWhatIsThereChangesNothing) {
  fs::create_directory(at("d"));
  note(CallKind::make_directory, "d");
  note(CallKind::remove, "absent");
  EXPECT_FALSE(settled("d").touches.has(Touch::written));
  EXPECT_FALSE(settled("absent").touches.has(Touch::removed));
}

TEST(AccessLog, PathsBeyondTheLimitAreCounted) {
  AccessLog log("/no-such-root", 2);
  for (const char* name : {"a", "b", "c", "a"}) {
    log.note({.kind = CallKind::look,
              .flags = 0,
              .path = std::string("/no-such-root/") + name,
              .second_path = {}});
  }
  const Trace trace = log.settle();
  EXPECT_EQ(trace.accesses.size(), 2U);
  EXPECT_EQ(trace.counts.dropped, 1U);
}

}  // namespace
}  // namespace vc::agent
