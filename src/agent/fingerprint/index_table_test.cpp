#include "agent/fingerprint/index_table.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

FileStamp stamp_of(std::uint64_t number) {
  return {.size = number, .mtime_ns = 2, .ctime_ns = 3, .inode = 4, .mode = 5};
}

std::string path_of(std::uint64_t number) {
  return "packages/p" + std::to_string(number) + "/src/file.ts";
}

std::string table_of(std::uint64_t count) {
  IndexTableBuilder builder;
  for (std::uint64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(builder.add(path_of(i), stamp_of(i), sha256(path_of(i)), 7));
  }
  return builder.finish();
}

// Bytes at an address a table can be used at.
class Aligned {
 public:
  explicit Aligned(std::string_view bytes) : words_(bytes.size() / 8 + 1), size_(bytes.size()) {
    std::memcpy(words_.data(), bytes.data(), bytes.size());
  }

  std::string_view bytes() const { return {reinterpret_cast<const char*>(words_.data()), size_}; }

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_;
};

// How many of the entries are found, each as it was put in.
std::uint64_t found_in(const IndexTable& table, std::uint64_t count) {
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const auto number = table.find(path_of(i))) {
      EXPECT_EQ(table.record(*number).stamp(), stamp_of(i));
      EXPECT_EQ(Digest(table.record(*number).digest), sha256(path_of(i)));
      EXPECT_EQ(table.path(*number), path_of(i));
      ++found;
    }
  }
  return found;
}

TEST(IndexTableTest, FindsEveryEntryAndNoOther) {
  for (const std::uint64_t count : {0U, 1U, 7U, 8U, 9U, 1000U, 5000U}) {
    const Aligned bytes(table_of(count));
    const auto table = IndexTable::open(bytes.bytes());
    ASSERT_TRUE(table) << count;
    EXPECT_EQ(table->size(), count);
    EXPECT_EQ(found_in(*table, count), count);
    EXPECT_FALSE(table->find(path_of(count)));
    EXPECT_FALSE(table->find(""));
  }
}

TEST(IndexTableTest, AnEmptyTableHasNothing) {
  EXPECT_FALSE(IndexTable().find("a"));
  EXPECT_EQ(IndexTable().size(), 0U);
}

TEST(IndexTableTest, EveryTruncationAndEveryExtraByteIsRefused) {
  const std::string bytes = table_of(20);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(IndexTable::open(Aligned(bytes.substr(0, size)).bytes())) << size;
  }
  EXPECT_FALSE(IndexTable::open(Aligned(bytes + "x").bytes()));
}

TEST(IndexTableTest, AFlippedBitAnywhereLosesEntriesButNeverChangesOne) {
  constexpr std::uint64_t kCount = 12;
  const std::string bytes = table_of(kCount);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const Aligned aligned(damaged);
      const auto table = IndexTable::open(aligned.bytes());
      if (at < sizeof(IndexHeader)) {
        EXPECT_FALSE(table) << "header byte " << at;
      } else if (table) {
        EXPECT_GE(found_in(*table, kCount), kCount / 2) << "byte " << at;
      }
    }
  }
}

}  // namespace
}  // namespace vc::agent
