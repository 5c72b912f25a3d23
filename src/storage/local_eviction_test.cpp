#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"
#include "storage/local_driver.hpp"
#include "storage/testing/artifacts.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

// Each artifact of these tests takes five disk blocks: 18000 bytes and a header.
constexpr std::uint64_t kFileBytes = 20480;
const std::string kArtifact(18000, 'x');

class LocalEvictionTest : public testing::Test {
 protected:
  void start(std::uint64_t bytes_max, std::chrono::seconds age_max = 0s) {
    driver_.reset();
    auto driver = LocalDriver::create({.root = root_, .bytes_max = bytes_max, .age_max = age_max},
                                      clock_, log_);
    ASSERT_TRUE(driver) << driver.error().message;
    driver_ = *std::move(driver);
    driver_->wait_until_settled();
  }

  void add(std::string_view name) {
    const auto stored = store(*driver_, key_of(name), kArtifact);
    ASSERT_TRUE(stored) << stored.error().message;
    ASSERT_EQ(*stored, Stored::created);
    clock_.advance(1min);
  }

  // Does not count as use, unlike every way through the driver.
  bool on_disk(std::string_view name) const { return fs::exists(file(name)); }

  fs::path file(std::string_view name) const { return root_ / "objects" / key_of(name).text(); }

  TempDir directory_ = *TempDir::create();
  fs::path root_ = directory_.path() / "root";
  FakeClock clock_;
  RecordingLog log_;
  std::unique_ptr<LocalDriver> driver_;
};

TEST_F(LocalEvictionTest, WithoutLimitsNothingIsEverRemoved) {
  start(0);
  add("a");
  clock_.advance(24h * 365 * 10);
  EXPECT_EQ(driver_->sweep_now().objects, 0U);
  EXPECT_TRUE(on_disk("a"));
}

TEST_F(LocalEvictionTest, AtTheSizeLimitAllStaysAndOnePastItTheOldestGoes) {
  start(5 * kFileBytes);
  for (const std::string_view name : {"a", "b", "c", "d", "e"}) {
    add(name);
  }
  clock_.advance(1h);
  EXPECT_EQ(driver_->bytes_stored(), 5 * kFileBytes);
  EXPECT_EQ(driver_->sweep_now().objects, 0U);
  add("f");
  driver_->sweep_now();
  EXPECT_FALSE(on_disk("a"));
  EXPECT_TRUE(on_disk("b") || on_disk("c"));
  EXPECT_TRUE(on_disk("f"));
  EXPECT_LE(driver_->bytes_stored(), 5 * kFileBytes);
  EXPECT_FALSE(has(*driver_, key_of("a")));
  EXPECT_EQ(driver_->presence(key_of("a")), Presence::absent);
}

TEST_F(LocalEvictionTest, WhatWasAskedForLastStaysLongest) {
  start(5 * kFileBytes);
  for (const std::string_view name : {"a", "b", "c", "d", "e"}) {
    add(name);
  }
  clock_.advance(1h);
  ASSERT_TRUE(has(*driver_, key_of("a")));
  clock_.advance(1h);
  add("f");
  driver_->sweep_now();
  EXPECT_TRUE(on_disk("a"));
  EXPECT_FALSE(on_disk("b"));
}

TEST_F(LocalEvictionTest, ATicketThatWasVendedWithoutAskingCountsAsUse) {
  start(5 * kFileBytes);
  for (const std::string_view name : {"a", "b", "c", "d", "e"}) {
    add(name);
  }
  clock_.advance(1h);
  ASSERT_TRUE(driver_->sign_get(key_of("a"), kGetTicketLife));
  add("f");
  driver_->sweep_now();
  EXPECT_TRUE(on_disk("a"));
  EXPECT_FALSE(on_disk("b"));
}

// B30: a ticket stays good for its life as long as the limit can be kept in another way.
TEST_F(LocalEvictionTest, TheSlackIsNotMadeOutOfVendedArtifacts) {
  start(10 * kFileBytes);
  for (int i = 0; i < 10; ++i) {
    add("old" + std::to_string(i));
  }
  clock_.advance(10h);
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(driver_->sign_get(key_of("old" + std::to_string(i)), kGetTicketLife));
  }
  add("new");
  driver_->sweep_now();
  EXPECT_EQ(driver_->bytes_stored(), 10 * kFileBytes) << "one had to go, the slack had not";
}

TEST_F(LocalEvictionTest, TheSizeLimitHoldsEvenIfEverythingIsVended) {
  start(4 * kFileBytes);
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(store(*driver_, key_of("a" + std::to_string(i)), kArtifact));
  }
  driver_->sweep_now();
  EXPECT_LE(driver_->bytes_stored(), 4 * kFileBytes);
}

TEST_F(LocalEvictionTest, AtTheAgeLimitAnArtifactStaysAndPastItGoes) {
  start(0, 48h);
  ASSERT_TRUE(store(*driver_, key_of("a"), kArtifact));
  clock_.advance(48h);
  EXPECT_EQ(driver_->sweep_now().objects, 0U);
  clock_.advance(1ms);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
  EXPECT_FALSE(on_disk("a"));
}

TEST_F(LocalEvictionTest, AUseRenewsTheAge) {
  start(0, 48h);
  ASSERT_TRUE(store(*driver_, key_of("a"), kArtifact));
  clock_.advance(47h);
  ASSERT_TRUE(has(*driver_, key_of("a")));
  clock_.advance(47h);
  EXPECT_EQ(driver_->sweep_now().objects, 0U);
}

TEST_F(LocalEvictionTest, AUseSurvivesARestart) {
  start(0, 48h);
  ASSERT_TRUE(store(*driver_, key_of("used"), kArtifact));
  ASSERT_TRUE(store(*driver_, key_of("unused"), kArtifact));
  clock_.advance(47h);
  ASSERT_TRUE(has(*driver_, key_of("used")));
  start(0, 48h);
  clock_.advance(2h);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
  EXPECT_TRUE(on_disk("used"));
  EXPECT_FALSE(on_disk("unused"));
}

// Reading must not turn into writing: the time on the disk moves at most once an hour.
TEST_F(LocalEvictionTest, TheTimeOnTheDiskIsWrittenAtMostHourly) {
  start(0);
  ASSERT_TRUE(store(*driver_, key_of("a"), kArtifact));
  const auto written = fs::last_write_time(file("a"));
  clock_.advance(1h - 1ms);
  ASSERT_TRUE(has(*driver_, key_of("a")));
  EXPECT_EQ(fs::last_write_time(file("a")), written);
  clock_.advance(1ms);
  ASSERT_TRUE(has(*driver_, key_of("a")));
  EXPECT_EQ(fs::last_write_time(file("a")) - written, 1h);
}

// However short the age limit, no ticket dies of it.
TEST_F(LocalEvictionTest, AnAgeLimitBelowTheLifeOfATicketIsRaised) {
  start(0, 1s);
  ASSERT_TRUE(store(*driver_, key_of("a"), kArtifact));
  clock_.advance(kGetTicketLife);
  EXPECT_EQ(driver_->sweep_now().objects, 0U);
  clock_.advance(2h);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
}

TEST_F(LocalEvictionTest, AnObjectSaysWhenItMayGo) {
  start(0, 48h);
  ASSERT_TRUE(store(*driver_, key_of("a"), kArtifact));
  const auto info = driver_->head(key_of("a"), Deadline::max());
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->expires_at, clock_.now() + 48h);
}

// B30: a file that somebody deleted by hand does not stop the janitor.
TEST_F(LocalEvictionTest, AFileThatVanishedDoesNotEndTheSweep) {
  start(0, 48h);
  add("vanished");
  add("left");
  fs::remove(file("vanished"));
  clock_.advance(49h);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
  EXPECT_FALSE(on_disk("left"));
  EXPECT_EQ(driver_->bytes_stored(), 0U);
}

// B30: nor does one that cannot be deleted, here because a directory has its name.
TEST_F(LocalEvictionTest, AFileThatResistsDoesNotEndTheSweep) {
  start(0, 48h);
  add("resists");
  add("left");
  fs::remove(file("resists"));
  fs::create_directories(file("resists") / "full");
  clock_.advance(49h);
  const auto report = driver_->sweep_now();
  EXPECT_EQ(report.objects, 1U);
  EXPECT_EQ(report.failures, 1U);
  EXPECT_FALSE(on_disk("left"));
}

// B14: whatever is not named like an artifact of ours stays, however old.
TEST_F(LocalEvictionTest, FilesThatAreNotOursStay) {
  start(64 << 10, 48h);
  add("a");
  driver_.reset();
  const fs::path objects = root_ / "objects";
  const fs::path inside = fs::path("v1") / "default" / "-" / "velocity" / "zz";
  const std::string content(4 * kArtifact.size(), 'x');
  for (const fs::path& name :
       {fs::path("thesis.txt"), fs::path("v1/notes"), inside / std::string(64, 'z'),
        inside / ".hidden", fs::path("v1/default/-/turbo/aa/bb")}) {
    ASSERT_TRUE(write_file_atomically(objects / name, content));
    fs::last_write_time(objects / name, fs::file_time_type(0s));
  }
  fs::create_symlink(directory_.path(), objects / "v1" / "default" / "link");
  ASSERT_TRUE(write_file_atomically(directory_.path() / "outside", kArtifact));
  start(64 << 10, 48h);
  clock_.advance(24h * 365);
  EXPECT_EQ(driver_->sweep_now().objects, 1U) << "only the one we stored";
  EXPECT_TRUE(fs::exists(objects / "thesis.txt"));
  EXPECT_TRUE(fs::exists(objects / "v1" / "notes"));
  EXPECT_TRUE(fs::exists(objects / inside / std::string(64, 'z')));
  EXPECT_TRUE(fs::exists(objects / "v1/default/-/turbo/aa/bb"));
  EXPECT_TRUE(fs::exists(directory_.path() / "outside"));
}

TEST_F(LocalEvictionTest, DirectoriesThatBecomeEmptyGoAndComeBack) {
  start(0, 48h);
  add("a");
  clock_.advance(49h);
  driver_->sweep_now();
  EXPECT_TRUE(fs::is_empty(root_ / "objects"));
  add("a");
  EXPECT_EQ(fetch(*driver_, key_of("a")), kArtifact);
}

TEST_F(LocalEvictionTest, AnEvictedKeyCanBeStoredAgain) {
  start(0, 48h);
  add("a");
  clock_.advance(49h);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
  EXPECT_EQ(*store(*driver_, key_of("a"), "other"), Stored::created);
  EXPECT_EQ(fetch(*driver_, key_of("a")), "other");
}

// A download that has begun is not cut off: the file lives on until its descriptor is closed.
TEST_F(LocalEvictionTest, AnOpenArtifactCanBeReadToItsEndAfterEviction) {
  start(0, 48h);
  add("a");
  const auto opened = driver_->open(key_of("a"));
  ASSERT_TRUE(opened && *opened);
  clock_.advance(49h);
  EXPECT_EQ(driver_->sweep_now().objects, 1U);
  EXPECT_EQ(content_of((*opened)->content), kArtifact);
}

TEST_F(LocalEvictionTest, MoreThanOneBatchIsSweptInOneGo) {
  start(0, 48h);
  const fs::path directory = root_ / "objects" / "v1" / "default" / "-" / "turbo" / "aa";
  driver_.reset();
  for (int i = 0; i < 2500; ++i) {
    ASSERT_TRUE(write_file_atomically(directory / ("aa" + std::to_string(i)), "x"));
  }
  start(0);
  EXPECT_NE(driver_->bytes_stored(), 0U);
  clock_.advance(24h * 365 * 10);
  start(0, 48h);  // Sweeps once.
  EXPECT_EQ(driver_->bytes_stored(), 0U);
  EXPECT_TRUE(fs::is_empty(root_ / "objects"));
}

TEST_F(LocalEvictionTest, ALimitThatIsAMistakeInItsUnitIsRefused) {
  const auto driver = LocalDriver::create({.root = root_, .bytes_max = 10}, clock_, log_);
  ASSERT_FALSE(driver);
  EXPECT_EQ(driver.error().code, Errc::invalid);
  EXPECT_NE(driver.error().hint.find("VC_LOCAL_MAX_SIZE"), std::string::npos);
}

TEST_F(LocalEvictionTest, AnArtifactThatCannotFitTheLimitIsRefusedBeforehand) {
  start(64 << 10);
  const std::uint64_t largest = driver_->limits().object_bytes_max;
  EXPECT_TRUE(store(*driver_, key_of("fits"), std::string(largest, 'x')));
  driver_->sweep_now();
  EXPECT_TRUE(on_disk("fits"));
  const auto refused = driver_->spool(largest + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

}  // namespace
}  // namespace vc::storage
