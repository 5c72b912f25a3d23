#include "storage/local_driver.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"
#include "core/testing/small_disk.hpp"
#include "storage/testing/artifacts.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <memory>
#include <string>

namespace vc::storage {
namespace {

const std::string kBody(100'000, 'x');

class LocalDriverTest : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start() {
    driver_.reset();
    auto driver = LocalDriver::create({.root = root_}, clock_, log_);
    ASSERT_TRUE(driver) << driver.error().message;
    driver_ = *std::move(driver);
  }

  fs::path file(const wire::ObjectKey& key) const { return root_ / "objects" / key.text(); }

  bool logged(std::string_view message) const {
    return std::ranges::count(log_.messages(), message) != 0;
  }

  std::size_t staged_files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(root_ / "staging"), {}));
  }

  TempDir directory_ = *TempDir::create();
  fs::path root_ = directory_.path() / "root";
  FakeClock clock_;
  RecordingLog log_;
  std::unique_ptr<LocalDriver> driver_;
};

TEST_F(LocalDriverTest, KeysAndArtifactsSurviveARestart) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody, "bWV0YQ"));
  const std::string url = driver_->sign_get(key_of("a"), std::chrono::minutes(15))->url;
  const std::string seal = driver_->seal_key()->verify_key().id();
  start();
  EXPECT_EQ(fetch(*driver_, key_of("a")), kBody);
  EXPECT_EQ((*driver_->head(key_of("a"), Deadline::max()))->vcmeta, "bWV0YQ");
  EXPECT_TRUE(driver_->url_signer()->verify("GET", url));
  EXPECT_EQ(driver_->seal_key()->verify_key().id(), seal);
}

TEST_F(LocalDriverTest, AUrlKeyCanBeGiven) {
  driver_.reset();
  const fs::path key_file = directory_.path() / "url.key";
  ASSERT_TRUE(write_file_atomically(key_file, std::string(64, '0'), Durability::none, 0600));
  const auto driver = LocalDriver::create({.root = root_, .url_key_file = key_file}, clock_, log_);
  ASSERT_TRUE(driver) << driver.error().message;
  const UrlSigner signer(Bytes(kUrlKeySize), clock_);
  EXPECT_TRUE((*driver)->url_signer()->verify(
      "GET", signer.sign_get(key_of("a"), std::chrono::minutes(15)).url));
}

TEST_F(LocalDriverTest, AbsenceIsOnlyCertainOnceTheDiskWasSearched) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  start();
  driver_->wait_until_settled();
  EXPECT_EQ(driver_->presence(key_of("a")), Presence::maybe);
  EXPECT_EQ(driver_->presence(key_of("b")), Presence::absent);
}

// B5: what cannot be searched is never reported as absent.
TEST_F(LocalDriverTest, AfterAnIncompleteSearchNothingIsCertain) {
  driver_.reset();
  // Deeper than any name of ours: the search does not go there, and says so.
  fs::path deep = root_ / "objects" / "v1";
  for (int i = 0; i < 20; ++i) {
    deep /= "d";
  }
  fs::create_directories(deep);
  start();
  driver_->wait_until_settled();
  EXPECT_EQ(driver_->presence(key_of("b")), Presence::maybe);
}

// B5: trouble with the disk is an error, never a miss.
TEST_F(LocalDriverTest, HeadOfABrokenStoreIsAnErrorNotAMiss) {
  const wire::ObjectKey key = key_of("a");
  fs::create_directories(file(key).parent_path().parent_path());
  // Opening through a file in the place of a directory fails with ENOTDIR.
  ASSERT_TRUE(write_file_atomically(file(key).parent_path(), "not a directory"));
  EXPECT_FALSE(driver_->head(key, Deadline::max()));
  EXPECT_FALSE(driver_->open(key));
  EXPECT_FALSE(store(*driver_, key, kBody));
}

// A power cut may leave a file whose tail never reached the disk.
TEST_F(LocalDriverTest, ATruncatedArtifactIsAbsentAndRemovedWithALogLine) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  fs::resize_file(file(key_of("a")), 50'000);
  EXPECT_FALSE(has(*driver_, key_of("a")));
  EXPECT_FALSE(fs::exists(file(key_of("a"))));
  EXPECT_TRUE(logged("removed a damaged artifact"));
  EXPECT_EQ(*store(*driver_, key_of("a"), kBody), Stored::created);
  EXPECT_EQ(fetch(*driver_, key_of("a")), kBody);
}

TEST_F(LocalDriverTest, EveryKindOfDamageIsAbsenceAndGivesTheKeyBack) {
  for (const std::uintmax_t size : {0U, 1U, 100U, 2047U, 2048U, 102'047U, 102'049U}) {
    const wire::ObjectKey key = key_of("size" + std::to_string(size));
    ASSERT_TRUE(store(*driver_, key, kBody));
    fs::resize_file(file(key), size);
    EXPECT_EQ(fetch(*driver_, key), std::nullopt) << size;
    EXPECT_EQ(*store(*driver_, key, "again"), Stored::created) << size;
    EXPECT_EQ(fetch(*driver_, key), "again") << size;
  }
}

// Nobody looked at the damaged file before the next upload came.
TEST_F(LocalDriverTest, ADamagedArtifactDoesNotWinAgainstANewUpload) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  fs::resize_file(file(key_of("a")), 10);
  EXPECT_EQ(*store(*driver_, key_of("a"), kBody), Stored::created);
  EXPECT_EQ(fetch(*driver_, key_of("a")), kBody);
}

TEST_F(LocalDriverTest, AnArtifactOfANewerVersionIsNeitherServedNorRemoved) {
  const wire::ObjectKey key = key_of("a");
  ASSERT_TRUE(store(*driver_, key, kBody));
  std::string bytes = *read_file(file(key));
  bytes[8] = '\2';
  ASSERT_TRUE(write_file_atomically(file(key), bytes));
  EXPECT_FALSE(driver_->head(key, Deadline::max()));
  EXPECT_FALSE(store(*driver_, key, kBody));
  EXPECT_TRUE(fs::exists(file(key)));
}

TEST_F(LocalDriverTest, ASymbolicLinkInThePlaceOfAnArtifactIsNotFollowed) {
  const wire::ObjectKey key = key_of("a");
  ASSERT_TRUE(write_file_atomically(directory_.path() / "secret", "secret"));
  fs::create_directories(file(key).parent_path());
  fs::create_symlink(directory_.path() / "secret", file(key));
  EXPECT_FALSE(driver_->open(key));
}

TEST_F(LocalDriverTest, DirectoriesDeletedByHandComeBack) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  fs::remove_all(root_ / "objects" / "v1");
  EXPECT_FALSE(has(*driver_, key_of("a")));
  EXPECT_EQ(*store(*driver_, key_of("a"), kBody), Stored::created);
  EXPECT_EQ(fetch(*driver_, key_of("a")), kBody);
}

TEST_F(LocalDriverTest, NothingIsStagedWhileNothingIsUploaded) {
  auto spool = driver_->spool(kBody.size());
  ASSERT_TRUE(spool);
  ASSERT_TRUE((*spool)->write(as_bytes(kBody)));
  ASSERT_TRUE((*spool)->commit(key_of("a"), {}, PutMode::create_only));
  spool->reset();
  EXPECT_EQ(staged_files(), 0U);
}

TEST_F(LocalDriverTest, OnlyItsOwnerMayReadAnArtifact) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  struct stat status{};
  ASSERT_EQ(::stat(file(key_of("a")).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(LocalDriverTest, TheEtagIsTheDigestOfTheBody) {
  ASSERT_TRUE(store(*driver_, key_of("a"), kBody));
  const auto opened = driver_->open(key_of("a"));
  ASSERT_TRUE(opened && *opened);
  EXPECT_EQ((*opened)->etag, '"' + sha256(kBody).hex() + '"');
}

TEST_F(LocalDriverTest, ARootThatDisappearedIsNotReady) {
  EXPECT_TRUE(driver_->check());
  fs::rename(root_, directory_.path() / "elsewhere");
  EXPECT_FALSE(driver_->check());
}

std::uint64_t free_bytes(const fs::path& path) {
  struct statvfs status{};
  EXPECT_EQ(::statvfs(path.c_str(), &status), 0);
  return status.f_bfree * status.f_bsize;
}

class FullDiskTest : public LocalDriverTest {
 protected:
  void SetUp() override {}  // The root comes to lie on the small disk.

  void on_disk_of(std::size_t bytes, const std::function<void()>& body) {
    const fs::path disk = directory_.path() / "disk";
    fs::create_directory(disk);
    root_ = disk / "root";
    const auto run = on_small_disk(disk, bytes, body);
    if (run == SmallDiskRun::not_permitted) {
      GTEST_SKIP() << "mounting a tmpfs is not permitted here";
    }
    EXPECT_EQ(run, SmallDiskRun::passed);
  }
};

TEST_F(FullDiskTest, AnUploadThatCannotFitIsRefusedBeforeItsBody) {
  on_disk_of(1 << 20, [this] {
    start();
    const std::uint64_t before = free_bytes(root_);
    const auto spool = driver_->spool(2 << 20);
    ASSERT_FALSE(spool);
    EXPECT_EQ(spool.error().code, Errc::no_space);
    EXPECT_EQ(free_bytes(root_), before);
    EXPECT_EQ(staged_files(), 0U);
    EXPECT_TRUE(store(*driver_, key_of("small"), kBody)) << "what fits is still taken";
    driver_.reset();
  });
}

TEST_F(FullDiskTest, AnUploadOfUnknownSizeThatFillsTheDiskLeavesNothing) {
  on_disk_of(1 << 20, [this] {
    start();
    ASSERT_TRUE(store(*driver_, key_of("first"), kBody));
    const std::uint64_t before = free_bytes(root_);
    {
      const auto spool = driver_->spool(std::nullopt);
      ASSERT_TRUE(spool);
      Result<void> written;
      for (int i = 0; i < 20 && written; ++i) {
        written = (*spool)->write(as_bytes(kBody));
      }
      ASSERT_FALSE(written);
      EXPECT_EQ(written.error().code, Errc::no_space);
    }
    EXPECT_EQ(free_bytes(root_), before);
    EXPECT_EQ(staged_files(), 0U);
    EXPECT_EQ(fetch(*driver_, key_of("first")), kBody);
    driver_.reset();
  });
}

TEST_F(FullDiskTest, AStoreOnAFullDiskStillStartsAndServes) {
  on_disk_of(1 << 20, [this] {
    start();
    ASSERT_TRUE(store(*driver_, key_of("first"), kBody));
    driver_.reset();
    std::string fill(static_cast<std::size_t>(free_bytes(root_)), 'x');
    while (!write_file_atomically(root_.parent_path() / "fill", fill)) {
      fill.resize(fill.size() - std::min<std::size_t>(4096, fill.size()));
    }
    start();
    ASSERT_TRUE(driver_);
    EXPECT_EQ(fetch(*driver_, key_of("first")), kBody);
    const auto stored = store(*driver_, key_of("second"), kBody);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, Errc::no_space);
    fs::remove(root_.parent_path() / "fill");
    EXPECT_TRUE(store(*driver_, key_of("second"), kBody)) << "space came back";
    driver_.reset();
  });
}

}  // namespace
}  // namespace vc::storage
