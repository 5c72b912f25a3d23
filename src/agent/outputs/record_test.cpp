#include "agent/outputs.hpp"
#include "agent/outputs/record_format.hpp"
#include "agent/state_directory.hpp"
#include "agent/testing/artifacts.hpp"
#include "agent/testing/tree.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace vc::agent {
namespace {

constexpr std::string_view kLabel = "web#build";

struct OutputRecordTest : testing::Test {
  TempDir temp = TempDir::create().value();
  fs::path package = temp.path() / "web";
  fs::path state = temp.path() / ".velocity";
  GlobSet set = globs({"dist/**"});
  const Tree tree{{"dist/a.js", file("aaa")},
                  {"dist/run", program("r")},
                  {"dist/l", link("a.js")},
                  {"dist/e", directory()}};

  OutputRecordTest() { reset(); }

  void reset() {
    fs::remove_all(package);
    write_tree(package, tree);
    // Long enough ago that their stamps can be relied on, however coarse the clock.
    set_times(package / "dist/a.js");
    set_times(package / "dist/run");
  }

  static void set_times(const fs::path& path) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }

  static FileStamp stamp_of(const fs::path& path) {
    struct stat status{};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return FileStamp::of(status);
  }

  OutputScope scope() const { return {.root = temp.path(), .package = "web", .globs = &set}; }

  // As if all had been verified an hour from now: every stamp counts.
  static FileSystemTime later(const fs::path& where) {
    FileSystemTime time = sample_file_system_clock(where).value();
    time.ns += 3'600'000'000'000;
    return time;
  }

  void write_record(std::optional<FileSystemTime> verified_at) {
    const auto collected = collect_outputs(scope()).value();
    ASSERT_TRUE(write_output_record(state, kLabel, scope(),
                                    {.key = test_key(),
                                     .duration_ms = 77,
                                     .log = std::string("log\0bytes", 9),
                                     .entries = collected.entries,
                                     .verified_at = verified_at,
                                     .stamps = {},
                                     .file = {}}));
  }

  bool current(Verification verification = Verification::stamps) {
    const auto record = read_output_record(state, kLabel);
    EXPECT_TRUE(record);
    return record && outputs_are_current(scope(), *record, verification);
  }
};

TEST_F(OutputRecordTest, WhatIsWrittenIsRead) {
  write_record(later(package));
  const auto record = read_output_record(state, kLabel);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->key, test_key());
  EXPECT_EQ(record->duration_ms, 77U);
  EXPECT_EQ(record->log, std::string("log\0bytes", 9));
  EXPECT_EQ(record->entries, collect_outputs(scope()).value().entries);
  EXPECT_FALSE(read_output_record(state, "web#test"));
  EXPECT_EQ(read_file(state / ".gitignore").value(), "*\n");
}

TEST_F(OutputRecordTest, ADamagedRecordIsAbsent) {
  write_record(later(package));
  const fs::path path = state / "outputs" / state_name(kLabel);
  const std::string bytes = read_file(path).value();
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_record(std::string_view(bytes).substr(0, length))) << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(decode_record(flipped)) << i;
  }
  EXPECT_FALSE(decode_record(bytes + "x"));
  ASSERT_TRUE(write_file_atomically(path, bytes.substr(1)));
  EXPECT_FALSE(read_output_record(state, kLabel));
}

TEST_F(OutputRecordTest, ARecordThatCountsMoreEntriesThanItHasIsAbsent) {
  std::string body =
      "velocity output record 1\n" + std::string(32 + 8 + 8, '\0') + std::string(8, '\xFF');
  body += as_text(sha256(body).bytes());
  EXPECT_FALSE(decode_record(body));
}

TEST_F(OutputRecordTest, UntouchedOutputsAreCurrent) {
  write_record(later(package));
  EXPECT_TRUE(current());
  EXPECT_TRUE(current(Verification::content));
}

TEST_F(OutputRecordTest, AnyChangeIsSeen) {
  struct Case {
    const char* what;
    std::function<void(const fs::path&)> change;
  };

  const Case cases[] = {
      {"content", [](auto& d) { write_tree(d, {{"a.js", file("bbb")}}); }},
      {"content in place, same size",
       [](auto& d) {
         const UniqueFd fd = open_file(d / "a.js", O_WRONLY).value();
         EXPECT_TRUE(write_all(fd.get(), as_bytes("bbb")));
       }},
      {"content, same size and mtime",
       [](auto& d) {
         const auto time = fs::last_write_time(d / "a.js");
         const UniqueFd fd = open_file(d / "a.js", O_WRONLY).value();
         EXPECT_TRUE(write_all(fd.get(), as_bytes("bbb")));
         fs::last_write_time(d / "a.js", time);
       }},
      {"longer", [](auto& d) { write_tree(d, {{"a.js", file("aaaa")}}); }},
      {"exec bit lost", [](auto& d) { ::chmod((d / "run").c_str(), 0644); }},
      {"exec bit won", [](auto& d) { ::chmod((d / "a.js").c_str(), 0755); }},
      {"file gone", [](auto& d) { fs::remove(d / "a.js"); }},
      {"all gone", [](auto& d) { fs::remove_all(d); }},
      {"package gone", [](auto& d) { fs::remove_all(d.parent_path()); }},
      {"extra file", [](auto& d) { write_tree(d, {{"extra", file("")}}); }},
      {"extra dotfile", [](auto& d) { write_tree(d, {{".extra", file("")}}); }},
      {"extra empty directory", [](auto& d) { fs::create_directory(d / "x"); }},
      {"extra link", [](auto& d) { fs::create_symlink("a.js", d / "x"); }},
      {"renamed", [](auto& d) { fs::rename(d / "a.js", d / "b.js"); }},
      {"another target",
       [](auto& d) {
         fs::remove(d / "l");
         fs::create_symlink("run", d / "l");
       }},
      {"a file for a link",
       [](auto& d) {
         fs::remove(d / "l");
         write_tree(d, {{"l", file("aaa")}});
       }},
      {"a link for a file",
       [](auto& d) {
         fs::rename(d / "a.js", d.parent_path() / "moved");
         fs::create_symlink("../moved", d / "a.js");
       }},
      {"a directory for a file",
       [](auto& d) {
         fs::remove(d / "a.js");
         fs::create_directory(d / "a.js");
       }},
      {"a FIFO for a file",
       [](auto& d) {
         fs::remove(d / "a.js");
         ::mkfifo((d / "a.js").c_str(), 0644);
       }},
      {"an empty directory filled", [](auto& d) { write_tree(d, {{"e/x", file("")}}); }},
      {"an empty directory gone", [](auto& d) { fs::remove(d / "e"); }},
      {"the whole tree a link now",
       [](auto& d) {
         fs::rename(d, d.parent_path() / "real");
         fs::create_symlink("real", d);
       }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    reset();
    write_record(later(package));
    ASSERT_TRUE(current());
    c.change(package / "dist");
    EXPECT_FALSE(current());
    EXPECT_FALSE(current(Verification::content));
  }
}

TEST_F(OutputRecordTest, FilesThatOnlyLookChangedAreStillCurrent) {
  write_record(later(package));
  fs::last_write_time(package / "dist/a.js", fs::file_time_type::clock::now());
  fs::remove(package / "dist/l");
  fs::create_symlink("a.js", package / "dist/l");
  EXPECT_TRUE(current());
}

// The racy case: changed in the same tick of the clock in which it was verified, so the stamp is
// the same, and so is the size.
TEST_F(OutputRecordTest, AFileAsYoungAsTheRecordIsHashedWhateverItsStamp) {
  const FileStamp stamp = stamp_of(package / "dist/a.js");
  FileSystemTime verified = sample_file_system_clock(package).value();
  verified.ns = stamp.ctime_ns;
  write_record(verified);
  EXPECT_EQ(read_output_record(state, kLabel)->stamps[0], FileStamp{});
  EXPECT_TRUE(current());
  // A tick later it counts, unless seconds are all that this file system tells.
  verified.ns += kCoarseTick.count() + 1;
  write_record(verified);
  EXPECT_EQ(read_output_record(state, kLabel)->stamps[0], stamp);
  write_record(std::nullopt);
  EXPECT_EQ(read_output_record(state, kLabel)->stamps[0], FileStamp{});
  EXPECT_TRUE(current());
}

TEST_F(OutputRecordTest, TheClockOfAnotherFileSystemNeedsTwoSecondsMore) {
  const FileStamp stamp = stamp_of(package / "dist/a.js");
  FileSystemTime elsewhere = sample_file_system_clock(package).value();
  elsewhere.device += 1;
  elsewhere.ns = stamp.ctime_ns + kCoarseTick.count();
  write_record(elsewhere);
  EXPECT_EQ(read_output_record(state, kLabel)->stamps[0], FileStamp{});
  elsewhere.ns += 1;
  write_record(elsewhere);
  EXPECT_EQ(read_output_record(state, kLabel)->stamps[0], stamp);
}

TEST_F(OutputRecordTest, StampsOfFilesThatWereHashedGoBackIntoTheRecord) {
  write_record(std::nullopt);
  const fs::path path = state / "outputs" / state_name(kLabel);
  // Where the clock of the file system has moved on since the outputs were written, they count.
  const std::string before = read_file(path).value();
  while (sample_file_system_clock(state)->ns <= stamp_of(package / "dist/run").ctime_ns) {
  }
  EXPECT_TRUE(current());
  const std::string after = read_file(path).value();
  EXPECT_NE(after, before);
  EXPECT_NE(read_output_record(state, kLabel)->stamps[0], FileStamp{});
  EXPECT_TRUE(current());
  EXPECT_EQ(read_file(path).value(), after) << "nothing was hashed, so nothing was written";
}

TEST_F(OutputRecordTest, OutputsThatAreNotCurrentLeaveTheRecordAlone) {
  write_record(std::nullopt);
  const fs::path path = state / "outputs" / state_name(kLabel);
  const std::string before = read_file(path).value();
  write_tree(package, {{"dist/extra", file("")}});
  EXPECT_FALSE(current());
  EXPECT_EQ(read_file(path).value(), before);
}

TEST_F(OutputRecordTest, ARecordOfOutputsThatAreGoneIsNotWritten) {
  const auto collected = collect_outputs(scope()).value();
  fs::remove(package / "dist/a.js");
  EXPECT_FALSE(write_output_record(state, kLabel, scope(),
                                   {.key = test_key(),
                                    .duration_ms = 0,
                                    .log = "",
                                    .entries = collected.entries,
                                    .verified_at = collected.verified_at,
                                    .stamps = {},
                                    .file = {}}));
  EXPECT_FALSE(read_output_record(state, kLabel));
}

TEST_F(OutputRecordTest, RemovingIsForgetting) {
  ASSERT_TRUE(remove_output_record(state, kLabel));
  write_record(std::nullopt);
  ASSERT_TRUE(remove_output_record(state, kLabel));
  EXPECT_FALSE(read_output_record(state, kLabel));
}

}  // namespace
}  // namespace vc::agent
