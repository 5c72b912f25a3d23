#include "agent/local_cache/garbage.hpp"

#include "agent/local_cache/entry_header.hpp"
#include "agent/local_cache/testing/local_cache_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/file.h>

namespace vc::agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using GarbageTest = LocalCacheTest;

// B25: bounded by size, least recently used first.
TEST_F(GarbageTest, TheLeastRecentlyUsedGoFirstAndOnlyAsManyAsNeeded) {
  const std::uint64_t entry_bytes = kEntryHeaderBytes + content_number(1).size();
  const auto cache = open({.bytes_max = 3 * entry_bytes});
  for (int i = 1; i <= 3; ++i) {
    publish(*cache, i);
    clock.advance(hours(2));
  }
  EXPECT_EQ(cache->collect_garbage().value()->entries, 3U) << "just within the limit";
  EXPECT_TRUE(has(*cache, 1));  // Used now: the second is the oldest.
  publish(*cache, 4);
  const LocalCacheUsage usage = *cache->collect_garbage().value();
  EXPECT_EQ(usage.entries, 3U);
  EXPECT_EQ(usage.bytes, 3 * entry_bytes);
  EXPECT_FALSE(has(*cache, 2));
  EXPECT_TRUE(has(*cache, 1));
  EXPECT_TRUE(has(*cache, 3));
  EXPECT_TRUE(has(*cache, 4));
}

TEST_F(GarbageTest, TheLimitIsOfAllTiersTogether) {
  const std::uint64_t entry_bytes = kEntryHeaderBytes + content_number(1).size();
  const auto first = open({.bytes_max = entry_bytes}, "aaaa");
  const auto second = open({.bytes_max = entry_bytes}, "bbbb");
  publish(*first, 1);
  clock.advance(minutes(1));
  publish(*second, 2);
  EXPECT_EQ(second->collect_garbage().value()->entries, 1U);
  EXPECT_FALSE(has(*first, 1));
  EXPECT_TRUE(has(*second, 2));
}

TEST_F(GarbageTest, EntriesUnusedForTooLongGo) {
  const auto cache = open({.age_max = hours(24)});
  publish(*cache, 1);
  clock.advance(hours(24));
  EXPECT_EQ(cache->collect_garbage().value()->entries, 1U);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(cache->collect_garbage().value()->entries, 0U);
}

TEST_F(GarbageTest, AUseIsNotedAtMostOnceAnHour) {
  const auto cache = open();
  publish(*cache, 1);
  const auto used = [&] { return fs::last_write_time(entry_path(key_number(1))); };
  const auto published = used();
  clock.advance(minutes(60));
  EXPECT_TRUE(has(*cache, 1));
  EXPECT_EQ(used(), published);
  clock.advance(minutes(1));
  EXPECT_TRUE(has(*cache, 1));
  EXPECT_EQ(used() - published, minutes(61));
}

TEST_F(GarbageTest, APreviewSaysWhatWouldGoAndRemovesNothing) {
  const std::uint64_t entry_bytes = kEntryHeaderBytes + content_number(1).size();
  const auto cache = open();
  publish(*cache, 1);
  publish(*cache, 2);
  const LocalCacheLimits limits{.bytes_max = entry_bytes};
  for (const GarbageMode mode : {GarbageMode::preview, GarbageMode::preview, GarbageMode::remove}) {
    const auto report = collect_cache_garbage(directory, limits, clock.now(), mode).value();
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->removed.entries, 1U);
    EXPECT_EQ(report->removed.bytes, entry_bytes);
    EXPECT_EQ(report->left.entries, 1U);
    EXPECT_EQ(report->left.bytes, entry_bytes);
  }
  EXPECT_EQ(collect_cache_garbage(directory, limits, clock.now()).value()->removed.entries, 0U);
}

// Each of them would be found only when somebody asks for that very key.
TEST_F(GarbageTest, ALookAtTheHeadersRemovesWhatIsDamagedHoweverNewItIs) {
  const auto cache = open();
  for (int i = 1; i <= 4; ++i) {
    publish(*cache, i);
  }
  const auto change = [&](int i, auto how) {
    const fs::path path = entry_path(key_number(i));
    std::string bytes = read_file(path).value();
    how(bytes);
    ASSERT_TRUE(write_file_atomically(path, bytes));
  };
  change(1, [](std::string& bytes) { bytes[20] = '\0'; });
  change(2, [](std::string& bytes) { bytes.pop_back(); });
  const std::string other = read_file(entry_path(key_number(4))).value();
  change(3, [&](std::string& bytes) { bytes = other; });
  const auto collect = [&](GarbageDepth depth) {
    // What was changed has the time of the real clock.
    return *collect_cache_garbage(directory, {.age_max = hours(24 * 36'500)}, clock.now(),
                                  GarbageMode::remove, depth)
                .value();
  };
  EXPECT_EQ(collect(GarbageDepth::times).removed.entries, 0U);
  const GarbageReport report = collect(GarbageDepth::headers);
  EXPECT_EQ(report.damaged, 3U);
  EXPECT_EQ(report.removed.entries, 3U);
  EXPECT_EQ(report.left.entries, 1U);
  EXPECT_TRUE(has(*cache, 4));
}

TEST_F(GarbageTest, WhereNoCacheIsNothingIsRemovedAndNothingMade) {
  const auto report = collect_cache_garbage(directory, {}, clock.now()).value();
  EXPECT_EQ(report->removed.entries + report->left.entries, 0U);
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(GarbageTest, OneCollectsGarbageAtATime) {
  const auto cache = open({.bytes_max = 0});
  publish(*cache, 1);
  {
    const UniqueFd lock = open_file(directory / "v1/gc.lock", O_RDWR | O_CREAT).value();
    ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
    EXPECT_EQ(cache->collect_garbage().value(), std::nullopt);
    EXPECT_TRUE(has(*cache, 1));
  }
  EXPECT_EQ(cache->collect_garbage().value()->entries, 0U);
}

}  // namespace
}  // namespace vc::agent
