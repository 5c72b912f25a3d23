#include "core/files.hpp"

#include "core/digest.hpp"
#include "core/temp_dir.hpp"
#include "core/testing/small_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/time.h>

#include <array>
#include <thread>

namespace vc {
namespace {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  Files() : directory_(*TempDir::create()) {}

  fs::path path(const char* name) const { return directory_.path() / name; }

  std::size_t count_entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator()));
  }

  TempDir directory_;
};

using ReadFile = Files;
using WriteFileAtomically = Files;
using MakeDirectories = Files;
using DigestOfFile = Files;

TEST_F(ReadFile, GivesWhatWasWritten) {
  const std::string content(200'000, 'x');
  ASSERT_TRUE(write_file_atomically(path("f"), content));
  EXPECT_EQ(read_file(path("f")), content);
  ASSERT_TRUE(write_file_atomically(path("f"), ""));
  EXPECT_EQ(read_file(path("f")), "");
}

TEST_F(ReadFile, LimitHoldsAtNAndBreaksAtOneMore) {
  ASSERT_TRUE(write_file_atomically(path("f"), std::string(70'000, 'x')));
  EXPECT_TRUE(read_file(path("f"), 70'000).has_value());
  const auto result = read_file(path("f"), 69'999);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::too_large);
  EXPECT_THAT(result.error().message, HasSubstr(path("f").native()));
  EXPECT_THAT(result.error().message, HasSubstr("69999"));
}

// What the kernel makes up has size 0 and content all the same.
TEST_F(ReadFile, ASizeOfZeroIsNotBelieved) {
  const auto status = read_file("/proc/self/status");
  ASSERT_TRUE(status.has_value());
  EXPECT_THAT(*status, HasSubstr("Name:"));
  EXPECT_EQ(read_file("/dev/zero", 1000).error().code, Errc::too_large);
}

TEST_F(ReadFile, AbsenceIsNotFoundOrNothing) {
  EXPECT_EQ(read_file(path("f")).error().code, Errc::not_found);
  EXPECT_THAT(read_file(path("f")).error().message, HasSubstr(path("f").native()));
  EXPECT_FALSE(read_file_if_exists(path("f")).value().has_value());
  ASSERT_TRUE(write_file_atomically(path("f"), "x"));
  EXPECT_EQ(read_file_if_exists(path("f")).value(), "x");
}

// An unreadable thing is a failure, never an absence.
TEST_F(ReadFile, OtherFailuresAreNotAbsence) {
  ASSERT_TRUE(write_file_atomically(path("f"), "x"));
  EXPECT_EQ(read_file_if_exists(path("f/below")).error().code, Errc::io);
  EXPECT_EQ(read_file_if_exists(directory_.path()).error().code, Errc::io);
  EXPECT_EQ(read_file_if_exists(path(std::string(300, 'n').c_str())).error().code, Errc::invalid);
  fs::create_symlink("loop", path("loop"));
  EXPECT_EQ(read_file_if_exists(path("loop")).error().code, Errc::io);
}

// B25: a reader that has the old file open keeps all of it.
TEST_F(WriteFileAtomically, ReplacesTheNameAndNotTheContent) {
  ASSERT_TRUE(write_file_atomically(path("f"), "old"));
  const auto old_file = open_file(path("f"), O_RDONLY);
  ASSERT_TRUE(old_file.has_value());
  ASSERT_TRUE(write_file_atomically(path("f"), "new", Durability::fsync));
  std::array<std::byte, 10> block{};
  const auto count = read_up_to(old_file->get(), block);
  EXPECT_EQ(as_text(ByteView(block).first(*count)), "old");
  EXPECT_EQ(read_file(path("f")), "new");
  EXPECT_EQ(count_entries(), 1U);
}

TEST_F(WriteFileAtomically, CreatesMissingDirectories) {
  ASSERT_TRUE(write_file_atomically(path("a/b/c"), "x"));
  ASSERT_TRUE(write_file_atomically(path("d/e/f"), "y", Durability::fsync));
  EXPECT_EQ(read_file(path("a/b/c")), "x");
  EXPECT_EQ(read_file(path("d/e/f")), "y");
}

TEST_F(WriteFileAtomically, HasTheModeAskedFor) {
  ASSERT_TRUE(write_file_atomically(path("f"), "x", Durability::none, 0600));
  struct stat status{};
  ASSERT_EQ(::stat(path("f").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(WriteFileAtomically, ALinkIsReplacedAndNotFollowed) {
  ASSERT_TRUE(write_file_atomically(path("target"), "kept"));
  fs::create_symlink("target", path("link"));
  ASSERT_TRUE(write_file_atomically(path("link"), "new"));
  EXPECT_EQ(read_file(path("target")), "kept");
  EXPECT_FALSE(fs::is_symlink(path("link")));
}

TEST_F(WriteFileAtomically, AFailedRenameLeavesNoTemporaryFile) {
  ASSERT_TRUE(make_directories(path("taken/inner")));
  const auto result = write_file_atomically(path("taken"), "x");
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, HasSubstr(path("taken").native()));
  EXPECT_EQ(count_entries(), 1U);
}

TEST_F(WriteFileAtomically, ANameAsLongAsTheFileSystemAllowsIsFine) {
  const std::string longest(255, 'n');
  EXPECT_TRUE(write_file_atomically(path(longest.c_str()), "x").has_value());
}

TEST_F(WriteFileAtomically, AFullDiskKeepsTheOldContentAndLeavesNothing) {
  const auto run = on_small_disk(directory_.path(), 64 << 10, [this] {
    ASSERT_TRUE(write_file_atomically(path("f"), "old"));
    const auto result = write_file_atomically(path("f"), std::string(128 << 10, 'x'));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::no_space);
    EXPECT_THAT(result.error().message, HasSubstr(path("f").native()));
    EXPECT_NE(result.error().hint, "");
    EXPECT_EQ(read_file(path("f")), "old");
    EXPECT_EQ(count_entries(), 1U);
  });
  if (run == SmallDiskRun::not_permitted) {
    GTEST_SKIP() << "mounting a tmpfs is not permitted here";
  }
  EXPECT_EQ(run, SmallDiskRun::passed);
}

TEST_F(WriteFileAtomically, ConcurrentWritersLeaveOneWholeFile) {
  const std::string contents[] = {std::string(100'000, 'a'), std::string(100'000, 'b')};
  {
    std::vector<std::jthread> writers;
    writers.reserve(std::size(contents));
    for (const std::string& content : contents) {
      writers.emplace_back([&] {
        for (int i = 0; i < 50; ++i) {
          EXPECT_TRUE(write_file_atomically(path("f"), content));
          const auto seen = read_file(path("f"));
          EXPECT_TRUE(seen == contents[0] || seen == contents[1]);
        }
      });
    }
  }
  EXPECT_EQ(count_entries(), 1U);
}

TEST_F(MakeDirectories, AnExistingDirectoryIsSuccess) {
  EXPECT_TRUE(make_directories(path("a/b/c/")));
  EXPECT_TRUE(make_directories(path("a/b/c")));
  EXPECT_TRUE(fs::is_directory(path("a/b/c")));
  EXPECT_TRUE(make_directories("/"));
  EXPECT_TRUE(make_directories("."));
}

TEST_F(MakeDirectories, AFileInTheWayIsNamed) {
  ASSERT_TRUE(write_file_atomically(path("f"), "x"));
  for (const char* name : {"f", "f/below", "f/below/it"}) {
    const auto result = make_directories(path(name));
    ASSERT_FALSE(result.has_value()) << name;
    EXPECT_EQ(result.error().code, Errc::io);
    EXPECT_THAT(result.error().message, HasSubstr(path("f").native()));
    EXPECT_THAT(result.error().message, HasSubstr("Not a directory"));
  }
  EXPECT_EQ(make_directories("").error().code, Errc::not_found);
}

TEST_F(MakeDirectories, ALinkToADirectoryIsADirectory) {
  ASSERT_TRUE(make_directories(path("real")));
  fs::create_directory_symlink("real", path("link"));
  EXPECT_TRUE(make_directories(path("link/below")));
  EXPECT_TRUE(fs::is_directory(path("real/below")));
}

TEST(WriteAll, AFullDiskIsNoSpace) {
  const auto fd = open_file("/dev/full", O_WRONLY);
  ASSERT_TRUE(fd.has_value());
  EXPECT_EQ(write_all(fd->get(), as_bytes("x")).error().code, Errc::no_space);
  EXPECT_TRUE(write_all(fd->get(), {}));
}

// A pipe takes 64 KiB at a time: write() comes back short again and again.
TEST(WriteAll, GoesOnAfterShortWrites) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const std::string sent(1 << 20, 'x');
  std::string received(sent.size() + 1, '\0');
  std::size_t count = 0;
  std::jthread reading([&] {
    count = read_up_to(reader.get(), std::as_writable_bytes(std::span(received))).value_or(0);
  });
  EXPECT_TRUE(write_all(writer.get(), as_bytes(sent)));
  writer.reset();
  reading.join();
  EXPECT_EQ(count, sent.size());
}

int alarm_pipe = -1;

// Each alarm interrupts a blocked read(), and only then is there a byte for its successor.
TEST(ReadUpTo, GoesOnAfterSignals) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  alarm_pipe = writer.get();
  struct sigaction action{};
  action.sa_handler = [](int) { (void)!::write(alarm_pipe, "x", 1); };
  struct sigaction old_action{};
  ASSERT_EQ(::sigaction(SIGALRM, &action, &old_action), 0);
  const itimerval every_millisecond{.it_interval = {.tv_sec = 0, .tv_usec = 1000},
                                    .it_value = {.tv_sec = 0, .tv_usec = 1000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &every_millisecond, nullptr), 0);
  std::array<std::byte, 8> bytes{};
  const auto count = read_up_to(reader.get(), bytes);
  const itimerval never{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &old_action, nullptr), 0);
  ASSERT_TRUE(count.has_value()) << count.error().message;
  EXPECT_EQ(as_text(bytes), "xxxxxxxx");
}

TEST(ReadUpTo, ABadDescriptorIsAnError) {
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(read_up_to(-1, bytes).error().code, Errc::io);
  EXPECT_EQ(pread_up_to(-1, bytes, 0).error().code, Errc::io);
  EXPECT_EQ(write_all(-1, bytes).error().code, Errc::io);
}

TEST_F(DigestOfFile, ReadsFromTheStartAndMovesNothing) {
  // Around the size of the read block, and longer.
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 200'000U}) {
    const std::string content(size, 'x');
    ASSERT_TRUE(write_file_atomically(path("f"), content));
    const auto fd = open_file(path("f"), O_RDONLY);
    ASSERT_TRUE(fd.has_value());
    ASSERT_EQ(::lseek(fd->get(), 1, SEEK_SET), 1);
    EXPECT_EQ(digest_of_file(fd->get()), sha256(content)) << size;
    EXPECT_EQ(::lseek(fd->get(), 0, SEEK_CUR), 1);
  }
}

// B23: hashing a FIFO must fail, not hang.
TEST_F(DigestOfFile, APipeIsAnError) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  const auto fd = open_file(path("fifo"), O_RDONLY | O_NONBLOCK);
  ASSERT_TRUE(fd.has_value());
  EXPECT_FALSE(digest_of_file(fd->get()).has_value());
}

TEST_F(Files, PreadLeavesTheOffsetAlone) {
  ASSERT_TRUE(write_file_atomically(path("f"), "0123456789"));
  const auto fd = open_file(path("f"), O_RDONLY);
  ASSERT_TRUE(fd.has_value());
  std::array<std::byte, 4> bytes{};
  EXPECT_EQ(pread_up_to(fd->get(), bytes, 3), 4U);
  EXPECT_EQ(as_text(bytes), "3456");
  EXPECT_EQ(pread_up_to(fd->get(), bytes, 8), 2U);
  EXPECT_EQ(pread_up_to(fd->get(), bytes, 100), 0U);
  EXPECT_EQ(read_up_to(fd->get(), bytes), 4U);
  EXPECT_EQ(as_text(bytes), "0123");
}

TEST_F(Files, OpenedFilesAreNotInherited) {
  ASSERT_TRUE(write_file_atomically(path("f"), "x"));
  const auto fd = open_file(path("f"), O_RDONLY);
  ASSERT_TRUE(fd.has_value());
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

}  // namespace
}  // namespace vc
