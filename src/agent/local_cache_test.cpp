#include "agent/local_cache.hpp"

#include "agent/local_cache/entry_header.hpp"
#include "agent/local_cache/garbage.hpp"
#include "agent/local_cache/testing/local_cache_fixture.hpp"
#include "core/testing/small_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

namespace vc::agent {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(LocalCacheTest, WhatIsPublishedIsFound) {
  const auto cache = open();
  EXPECT_EQ(content(*cache, key_number(1)), std::nullopt);
  ASSERT_TRUE(try_publish(*cache, key_number(1), "bytes", "the seal"));
  EXPECT_EQ(content(*cache, key_number(1)), "bytes");
  const auto found = cache->find(key_number(1)).value();
  EXPECT_EQ(found->vcmeta, "the seal");
  EXPECT_EQ(found->sha256, sha256("bytes"));
  EXPECT_EQ(content(*open(), key_number(1)), "bytes");
  EXPECT_THAT(temporaries(), IsEmpty());
}

TEST_F(LocalCacheTest, AnEntryIsAnArchiveForGnuTarToo) {
  if (std::system("command -v tar zstd >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "needs tar and zstd";
  }
  const auto cache = open();
  const std::string archive = try_pack(manifest_of({}), "log", temp.path())->bytes;
  ASSERT_TRUE(try_publish(*cache, test_key(), archive));
  const std::string command = "test \"$(tar --zstd -tf " + entry_path(test_key()).native() +
                              ")\" = '.velocity/manifest.json\n.velocity/log'";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST_F(LocalCacheTest, TheFirstEntryStays) {
  const auto cache = open();
  ASSERT_TRUE(try_publish(*cache, key_number(1), "first"));
  EXPECT_TRUE(try_publish(*cache, key_number(1), "second"));
  EXPECT_EQ(content(*cache, key_number(1)), "first");
  EXPECT_THAT(temporaries(), IsEmpty());
}

TEST_F(LocalCacheTest, AWriterThatIsNotPublishedLeavesNothing) {
  const auto cache = open();
  {
    const auto writer = cache->writer().value();
    ASSERT_TRUE(write_all(writer->fd(), as_bytes("half")));
  }
  EXPECT_THAT(temporaries(), IsEmpty());
  EXPECT_EQ(cache->collect_garbage().value()->entries, 0U);
}

TEST_F(LocalCacheTest, ATierIsNotServedToAnother) {
  const auto trusted = open({}, "aaaa");
  const auto pull_request = open({}, "bbbb");
  publish(*pull_request, 1);
  EXPECT_FALSE(has(*trusted, 1));
  EXPECT_TRUE(has(*pull_request, 1));
}

TEST_F(LocalCacheTest, ATierIsAPlainName) {
  EXPECT_TRUE(LocalCache::open(directory, std::string(64, 'f'), {}, clock));
  for (const std::string& tier :
       {std::string(), std::string(65, 'f'), std::string(".."), std::string("a/b"),
        std::string("A"), std::string(".tmp"), std::string("a\0b", 3)}) {
    EXPECT_EQ(LocalCache::open(directory, tier, {}, clock).error().code, Errc::invalid) << tier;
  }
}

// B24: half an entry is no entry.
TEST_F(LocalCacheTest, ADamagedEntryIsToldAboutAndRemoved) {
  const auto cache = open();
  publish(*cache, 1);
  publish(*cache, 2);
  const std::string good = read_file(entry_path(key_number(1))).value();
  std::string other_header = good;
  other_header[20] = '!';
  const std::string damaged[] = {
      "",
      good.substr(0, 100),
      good.substr(0, kEntryHeaderBytes - 1),
      good.substr(0, kEntryHeaderBytes),
      good.substr(0, good.size() - 1),
      good + "x",
      other_header,
      read_file(entry_path(key_number(2))).value(),  // Another key's.
  };
  for (const std::string& bytes : damaged) {
    ASSERT_TRUE(write_file_atomically(entry_path(key_number(1)), bytes));
    const auto found = cache->find(key_number(1));
    ASSERT_FALSE(found) << bytes.size();
    EXPECT_EQ(found.error().code, Errc::corrupt);
    EXPECT_FALSE(fs::exists(entry_path(key_number(1))));
  }
  EXPECT_TRUE(has(*cache, 2));
}

TEST_F(LocalCacheTest, AnEntryCanBeRemovedAndIsThenAbsent) {
  const auto cache = open();
  publish(*cache, 1);
  cache->remove(key_number(1));
  cache->remove(key_number(1));
  EXPECT_FALSE(has(*cache, 1));
}

TEST_F(LocalCacheTest, SeveralReadersOfOneEntryDoNotDisturbEachOther) {
  const auto cache = open();
  ASSERT_TRUE(try_publish(*cache, key_number(1), "0123456789"));
  const LocalEntry entry = *cache->find(key_number(1)).value();
  const auto first = archive_source(entry);
  const auto second = archive_source(entry);
  std::array<std::byte, 4> room{};
  EXPECT_EQ(first(room).value(), 4U);
  EXPECT_EQ(second(room).value(), 4U);
  EXPECT_EQ(as_text(room), "0123");
  EXPECT_EQ(first(room).value(), 4U);
  EXPECT_EQ(as_text(room), "4567");
  EXPECT_EQ(first(room).value(), 2U);
  EXPECT_EQ(first(room).value(), 0U);
}

TEST_F(LocalCacheTest, TheSealFitsUpToALimit) {
  const auto cache = open();
  const EntryHeader empty{.key = key_number(1), .sha256 = sha256(""), .created = clock.now()};
  const std::string bytes = encode_entry_header(empty).value();
  const std::size_t room = bytes.size() - bytes.find_last_not_of(' ') - 1;
  ASSERT_GT(room, 1536U) << "a vcmeta has at most that";
  EntryHeader header = empty;
  header.vcmeta = std::string(room, 'v');
  const auto full = encode_entry_header(header);
  ASSERT_TRUE(full);
  EXPECT_EQ(decode_entry_header(*full)->vcmeta, header.vcmeta);
  header.vcmeta += 'v';
  EXPECT_EQ(encode_entry_header(header).error().code, Errc::too_large);
  EXPECT_EQ(try_publish(*cache, key_number(1), "x", header.vcmeta).error().code, Errc::too_large);
  EXPECT_EQ(content(*cache, key_number(1)), std::nullopt);
}

TEST_F(LocalCacheTest, AnArchiveOfAnotherLengthThanStatedIsNotPublished) {
  const auto cache = open();
  const auto writer = cache->writer().value();
  ASSERT_TRUE(write_all(writer->fd(), as_bytes("12345")));
  EXPECT_EQ(writer->publish(key_number(1), sha256("12345"), 4, "").error().code, Errc::corrupt);
  EXPECT_EQ(writer->publish(key_number(1), sha256("12345"), 6, "").error().code, Errc::corrupt);
  EXPECT_EQ(content(*cache, key_number(1)), std::nullopt);
}

TEST_F(LocalCacheTest, ADirectoryThatCannotBeUsedIsNamedWithTheRemedy) {
  ASSERT_TRUE(write_file_atomically(directory, "a file"));
  const auto cache = LocalCache::open(directory, "aaaa", {}, clock);
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.error().code, Errc::io);
  EXPECT_THAT(cache.error().message, HasSubstr(directory.native()));
  EXPECT_THAT(cache.error().hint, HasSubstr("VELOCITY_CACHE_DIR"));
}

TEST_F(LocalCacheTest, TheDirectoryHidesItselfFromGit) {
  open();
  EXPECT_EQ(read_file(directory / ".gitignore").value(), "*\n");
  ASSERT_TRUE(write_file_atomically(directory / ".gitignore", "the user's own\n"));
  open();
  EXPECT_EQ(read_file(directory / ".gitignore").value(), "the user's own\n");
}

// B14: only names that we wrote.
TEST_F(LocalCacheTest, FilesOfOthersAreNeverTouched) {
  const auto cache = open({.bytes_max = 0, .age_max = hours(0)});
  publish(*cache, 1);
  const Tree others{{"notes.txt", file("")},
                    {"v1/aaaa/notes.txt", file("")},
                    {"v1/aaaa/00/short.tar.zst", file("")},
                    {"v1/aaaa/00/" + std::string(64, 'A') + ".tar.zst", file("")},
                    {"v1/aaaa/00/" + std::string(64, 'a') + ".tar.gz", file("")},
                    {"v1/aaaa/000/" + std::string(64, 'a') + ".tar.zst", file("")},
                    {"v1/Upper/00/" + std::string(64, 'a') + ".tar.zst", file("")},
                    {"v1/.tmp/mine", file("")},
                    {"v2/aaaa/00/" + std::string(64, 'a') + ".tar.zst", file("")},
                    {std::string(64, 'a') + ".tar.zst", file("")}};
  write_tree(directory, others);
  write_tree(temp.path(), {{"elsewhere/00/" + std::string(64, 'a') + ".tar.zst", file("")}});
  fs::create_symlink(temp.path() / "elsewhere", directory / "v1/linked");
  fs::create_directory_symlink(temp.path() / "elsewhere/00", directory / "v1/aaaa/ff");
  clock.advance(hours(1000));

  const LocalCacheUsage usage = *cache->collect_garbage().value();
  EXPECT_EQ(usage.entries, 0U);
  EXPECT_FALSE(fs::exists(entry_path(key_number(1))));
  ASSERT_TRUE(remove_local_cache(directory));
  Tree left = read_tree(directory);
  left.erase("v1/linked");
  left.erase("v1/aaaa/ff");
  EXPECT_EQ(left, others);
  EXPECT_TRUE(fs::exists(temp.path() / ("elsewhere/00/" + std::string(64, 'a') + ".tar.zst")));
}

TEST_F(LocalCacheTest, RemovingSaysWhatWasThereAndLeavesNothing) {
  EXPECT_EQ(remove_local_cache(directory)->entries, 0U) << "nothing there is success";
  {
    const auto cache = open();
    publish(*cache, 1);
    publish(*cache, 2);
    ASSERT_TRUE(cache->collect_garbage());
  }
  const auto removed = remove_local_cache(directory);
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->entries, 2U);
  EXPECT_EQ(removed->bytes, 2 * (kEntryHeaderBytes + content_number(1).size()));
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(LocalCacheTest, PublishingGoesOnAfterTheDirectoryWasRemovedUnderneath) {
  const auto cache = open();
  const auto writer = cache->writer().value();
  ASSERT_TRUE(write_all(writer->fd(), as_bytes("x")));
  fs::remove_all(directory / "v1/aaaa");
  EXPECT_TRUE(writer->publish(key_number(1), sha256("x"), 1, ""));
  EXPECT_EQ(content(*cache, key_number(1)), "x");
}

TEST_F(LocalCacheTest, AnEntryThatIsBeingReadOutlivesItsRemoval) {
  const auto cache = open({.bytes_max = 0});
  publish(*cache, 1);
  const LocalEntry entry = *cache->find(key_number(1)).value();
  ASSERT_TRUE(cache->collect_garbage());
  std::string bytes(entry.archive_bytes, '\0');
  EXPECT_EQ(archive_source(entry)(std::as_writable_bytes(std::span(bytes))).value(), bytes.size());
  EXPECT_EQ(bytes, content_number(1));
}

TEST_F(LocalCacheTest, ThreadsThatPublishFindRemoveAndCollectSeeWholeEntriesOnly) {
  const auto cache = open({.bytes_max = 10 * (kEntryHeaderBytes + content_number(1).size())});
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 60; ++i) {
          const int number = (i * 7 + t) % 20;
          if (!try_publish(*cache, key_number(number), content_number(number))) {
            ++wrong;
          }
          const auto found = content(*cache, key_number(number));
          wrong += found && *found != content_number(number) ? 1 : 0;
          if (i % 10 == t) {
            cache->remove(key_number(i % 20));
            wrong += cache->collect_garbage() ? 0 : 1;
          }
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_THAT(temporaries(), IsEmpty());
}

// B25: two processes at once.
TEST_F(LocalCacheTest, ProcessesThatPublishTheSameKeysAllSucceed) {
  std::array<pid_t, 2> children{};
  for (pid_t& child : children) {
    child = ::fork();
    if (child == 0) {
      const auto cache = open();
      for (int i = 0; i < 40; ++i) {
        publish(*cache, i);
      }
      ::_exit(HasFailure() ? 1 : 0);
    }
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto cache = open();
  for (int i = 0; i < 40; ++i) {
    EXPECT_TRUE(has(*cache, i)) << i;
  }
  EXPECT_EQ(cache->collect_garbage().value()->entries, 40U);
  EXPECT_THAT(temporaries(), IsEmpty());
}

// B25: killed in the middle of writing. Every other instant: tests/integration/artifact_kill_test.
void die_while_writing(LocalCache& cache) {
  const auto writer = cache.writer().value();
  static_cast<void>(write_all(writer->fd(), as_bytes("half")));
  ::raise(SIGKILL);
}

TEST_F(LocalCacheTest, AKillInTheMiddleOfWritingLeavesNothing) {
  const auto cache = open();
  const pid_t child = ::fork();
  if (child == 0) {
    die_while_writing(*cache);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(temporaries(), IsEmpty());
}

// Without /proc a file that was made without a name cannot get one.
TEST_F(LocalCacheTest, WhereFilesNeedANameAllOfThisHoldsOnceTheSweepHasRun) {
  open();
  const auto run = on_small_disk("/proc", 4096, [&] {
    const auto cache = open();
    publish(*cache, 1);
    publish(*cache, 1);
    EXPECT_TRUE(has(*cache, 1));
    EXPECT_THAT(temporaries(), IsEmpty());
    {
      const auto writer = cache->writer().value();
      EXPECT_EQ(temporaries().size(), 1U);
    }
    EXPECT_THAT(temporaries(), IsEmpty());
    const pid_t child = ::fork();
    if (child == 0) {
      die_while_writing(*cache);
    }
    ::waitpid(child, nullptr, 0);
  });
  if (run == SmallDiskRun::not_permitted) {
    GTEST_SKIP() << "needs the right to mount";
  }
  ASSERT_EQ(run, SmallDiskRun::passed);
  ASSERT_EQ(temporaries().size(), 1U);
  const fs::path left = directory / "v1/.tmp" / temporaries().begin()->first;
  const auto cache = open();
  const auto set_age = [&](std::chrono::milliseconds age) {
    const auto written = std::chrono::file_clock::from_sys(clock.now() - age);
    fs::last_write_time(left, written);
  };
  set_age(minutes(59));
  ASSERT_TRUE(cache->collect_garbage());
  EXPECT_TRUE(fs::exists(left)) << "its writer may still be at it";
  set_age(minutes(61));
  EXPECT_EQ(cache->collect_garbage().value()->entries, 1U) << "never taken for an entry";
  EXPECT_FALSE(fs::exists(left));
}

TEST_F(LocalCacheTest, AFullDiskIsAnErrorAndLeavesNothing) {
  fs::create_directory(directory);
  const auto run = on_small_disk(directory, 128 << 10, [&] {
    const auto cache = open();
    const auto published = try_publish(*cache, key_number(1), std::string(1 << 20, 'x'));
    ASSERT_FALSE(published);
    EXPECT_EQ(published.error().code, Errc::no_space);
    EXPECT_EQ(content(*cache, key_number(1)), std::nullopt);
    EXPECT_THAT(temporaries(), IsEmpty());
    publish(*cache, 2);
    EXPECT_TRUE(has(*cache, 2));
  });
  if (run == SmallDiskRun::not_permitted) {
    GTEST_SKIP() << "needs the right to mount";
  }
  EXPECT_EQ(run, SmallDiskRun::passed);
}

}  // namespace
}  // namespace vc::agent
