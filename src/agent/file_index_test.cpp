#include "agent/file_index.hpp"

#include "agent/fingerprint/file_system_clock.hpp"
#include "agent/fingerprint/index_table.hpp"
#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace vc::agent {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

const Digest kDigest = sha256("content");

class FileIndexTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto directory = TempDir::create();
    ASSERT_TRUE(directory);
    directory_.emplace(*std::move(directory));
    file_ = directory_->path() / "state" / "files";
    fs::create_directories(file_.parent_path());
  }

  std::unique_ptr<FileIndex> load() const { return FileIndex::load(file_); }

  // A regular file on the index's file system, last changed at that time.
  struct stat status_at(std::int64_t ctime_ns) const {
    struct stat status{};
    EXPECT_EQ(::stat(file_.parent_path().c_str(), &status), 0);
    status.st_mode = S_IFREG | 0644;
    status.st_size = 7;
    status.st_ino = 42;
    status.st_ctim = {.tv_sec = ctime_ns / kSecondNs, .tv_nsec = ctime_ns % kSecondNs};
    status.st_mtim = status.st_ctim;
    return status;
  }

  // Long ago, and not on a whole second.
  struct stat old_status() const { return status_at(1'000'000 * kSecondNs + 5); }

  void save_one(std::string_view path) const {
    const auto index = load();
    index->record(path, old_status(), kDigest);
    ASSERT_TRUE(index->save());
  }

  std::int64_t now_ns() const { return sample_file_system_clock(file_.parent_path()).value().ns; }

  std::optional<TempDir> directory_;
  fs::path file_;
};

TEST_F(FileIndexTest, RemembersAcrossRuns) {
  save_one("a/b");
  const auto index = load();
  EXPECT_EQ(index->find("a/b", FileStamp::of(old_status())), kDigest);
  EXPECT_EQ(index->find("a/c", FileStamp::of(old_status())), std::nullopt);
}

TEST_F(FileIndexTest, FindsWhatWasRecordedInThisRun) {
  const auto index = load();
  index->record("a", old_status(), kDigest);
  EXPECT_EQ(index->find("a", FileStamp::of(old_status())), kDigest);
  struct stat later = old_status();
  later.st_size = 8;
  index->record("a", later, sha256("other"));
  EXPECT_EQ(index->find("a", FileStamp::of(later)), sha256("other"));
  EXPECT_EQ(index->find("a", FileStamp::of(old_status())), std::nullopt);
  EXPECT_EQ(index->statistics().recorded, 2U);
}

TEST_F(FileIndexTest, EveryFieldOfTheStampCounts) {
  save_one("a");
  const auto index = load();
  const FileStamp stamp = FileStamp::of(old_status());
  ASSERT_TRUE(index->find("a", stamp));
  std::vector<FileStamp> others(5, stamp);
  others[0].size += 1;
  others[1].mtime_ns += 1;
  others[2].ctime_ns += 1;
  others[3].inode += 1;
  others[4].mode ^= 0100;
  for (const FileStamp& other : others) {
    EXPECT_FALSE(index->find("a", other));
  }
}

TEST_F(FileIndexTest, ANewerRecordReplacesTheStoredOne) {
  save_one("a");
  struct stat changed = old_status();
  changed.st_size = 8;
  {
    const auto index = load();
    index->record("a", changed, sha256("new"));
    ASSERT_TRUE(index->save());
  }
  const auto index = load();
  EXPECT_EQ(index->find("a", FileStamp::of(changed)), sha256("new"));
  EXPECT_FALSE(index->find("a", FileStamp::of(old_status())));
}

TEST_F(FileIndexTest, AFileAsOldAsTheClockIsNotKept) {
  const std::int64_t before = now_ns();
  const auto index = load();
  const std::int64_t after = now_ns();
  ASSERT_NE(before % kSecondNs, 0) << "this file system has coarse timestamps";
  // One tick older than anything that can still happen to it.
  const std::int64_t settled = (before - 1) % kSecondNs == 0 ? before - 2 : before - 1;
  index->record("settled", status_at(settled), kDigest);
  index->record("racy", status_at(after), kDigest);
  index->record("future", status_at(after + 60 * kSecondNs), kDigest);
  EXPECT_TRUE(index->find("settled", FileStamp::of(status_at(settled))));
  EXPECT_FALSE(index->find("racy", FileStamp::of(status_at(after))));
  EXPECT_FALSE(index->find("future", FileStamp::of(status_at(after + 60 * kSecondNs))));
  EXPECT_EQ(index->statistics().recorded, 3U);
  EXPECT_EQ(index->statistics().unsettled, 2U);
}

TEST_F(FileIndexTest, AnOldMtimeDoesNotHideARecentChange) {
  const auto index = load();
  struct stat status = status_at(now_ns() + kSecondNs);
  status.st_mtim = {.tv_sec = 1'000'000, .tv_nsec = 5};
  index->record("a", status, kDigest);
  EXPECT_EQ(index->statistics().unsettled, 1U);
}

TEST_F(FileIndexTest, WhereTheClockIsCoarseOrAnotherTwoSecondsMustHavePassed) {
  const std::int64_t now = now_ns();
  const auto index = load();
  const auto whole_seconds_ago = [&](std::int64_t seconds) {
    return status_at((now / kSecondNs - seconds) * kSecondNs);
  };
  index->record("coarse", whole_seconds_ago(1), kDigest);
  index->record("coarse but old", whole_seconds_ago(3), kDigest);
  const auto elsewhere = [&](std::int64_t nanoseconds_ago) {
    struct stat status = status_at((now - nanoseconds_ago) | 1);
    status.st_dev += 1;
    return status;
  };
  index->record("elsewhere", elsewhere(kSecondNs), kDigest);
  index->record("elsewhere but old", elsewhere(3 * kSecondNs), kDigest);
  EXPECT_FALSE(index->find("coarse", FileStamp::of(whole_seconds_ago(1))));
  EXPECT_TRUE(index->find("coarse but old", FileStamp::of(whole_seconds_ago(3))));
  EXPECT_FALSE(index->find("elsewhere", FileStamp::of(elsewhere(kSecondNs))));
  EXPECT_TRUE(index->find("elsewhere but old", FileStamp::of(elsewhere(3 * kSecondNs))));
}

TEST_F(FileIndexTest, NothingIsWrittenUnlessSomethingIsNew) {
  save_one("a");
  struct stat before{};
  ASSERT_EQ(::stat(file_.c_str(), &before), 0);
  const auto index = load();
  ASSERT_TRUE(index->find("a", FileStamp::of(old_status())));
  ASSERT_TRUE(index->save());
  struct stat after{};
  ASSERT_EQ(::stat(file_.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(FileIndexTest, EntriesAreDroppedAfterThirtyDaysWithoutUse) {
  FakeClock clock;
  const auto on_day = [&](int days, const auto& act) {
    clock.advance(std::chrono::hours(24 * days));
    const auto index = FileIndex::load(file_, clock);
    act(*index);
    EXPECT_TRUE(index->save());
  };
  const FileStamp stamp = FileStamp::of(old_status());
  on_day(0, [&](FileIndex& index) {
    index.record("used", old_status(), kDigest);
    index.record("unused", old_status(), kDigest);
  });
  on_day(30, [&](FileIndex& index) {
    EXPECT_TRUE(index.find("used", stamp));
    index.record("new", old_status(), kDigest);
  });
  on_day(1, [&](FileIndex& index) {
    EXPECT_TRUE(index.find("used", stamp));
    index.record("newer", old_status(), kDigest);
  });
  const auto index = FileIndex::load(file_, clock);
  EXPECT_TRUE(index->find("used", stamp));
  EXPECT_TRUE(index->find("new", stamp));
  EXPECT_FALSE(index->find("unused", stamp));
}

TEST_F(FileIndexTest, ADamagedFileIsAnEmptyIndex) {
  for (const std::string_view text : {std::string_view(""), std::string_view("x"),
                                      std::string_view("VCFILES\n and then nonsense "
                                                       "that goes on and on")}) {
    ASSERT_TRUE(write_file_atomically(file_, text));
    EXPECT_FALSE(load()->find("a", FileStamp::of(old_status())));
  }
  fs::remove(file_);
  fs::create_directory(file_);
  EXPECT_FALSE(load()->find("a", FileStamp::of(old_status())));
}

TEST_F(FileIndexTest, WithoutADirectoryNothingIsKeptAndSavingSaysWhy) {
  ASSERT_TRUE(write_file_atomically(directory_->path() / "file", ""));
  const auto index = FileIndex::load(directory_->path() / "file" / "files");
  index->record("a", old_status(), kDigest);
  EXPECT_FALSE(index->find("a", FileStamp::of(old_status())));
  EXPECT_EQ(index->statistics().unsettled, 1U);
  EXPECT_TRUE(index->save()) << "there is nothing to save";
}

TEST_F(FileIndexTest, FindAndRecordMayRunAtOnce) {
  save_one("stored");
  const auto index = load();
  const FileStamp stamp = FileStamp::of(old_status());
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < 500; ++i) {
          const std::string path = std::to_string(thread) + "/" + std::to_string(i);
          index->record(path, old_status(), kDigest);
          wrong += index->find(path, stamp) == kDigest ? 0 : 1;
          wrong += index->find("stored", stamp) == kDigest ? 0 : 1;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(index->save());
  EXPECT_TRUE(load()->find("3/499", stamp));
}

}  // namespace
}  // namespace vc::agent
