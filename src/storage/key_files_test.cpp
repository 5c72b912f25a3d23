#include "storage/key_files.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vc::storage {
namespace {

class KeyFilesTest : public testing::Test {
 protected:
  void write_key(std::string_view text, mode_t mode = 0600) const {
    ASSERT_TRUE(write_file_atomically(path_, text, Durability::none, mode));
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
  }

  TempDir directory_ = *TempDir::create();
  fs::path path_ = directory_.path() / "url.key";
};

TEST_F(KeyFilesTest, TheFirstStartMakesAKeyAndLaterOnesFindIt) {
  const auto first = load_or_create_key(path_, 32);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(*load_or_create_key(path_, 32), *first);
  EXPECT_EQ(*load_key(path_, 32), *first);
}

TEST_F(KeyFilesTest, NobodyElseCanReadAKeyWeMade) {
  const mode_t before = ::umask(0);
  const auto key = load_or_create_key(path_, 32);
  ::umask(before);
  ASSERT_TRUE(key);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(KeyFilesTest, MakingAKeyLeavesNothingElseBehind) {
  ASSERT_TRUE(load_or_create_key(path_, 32));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_.path()), {}), 1);
}

TEST_F(KeyFilesTest, TwoKeysDiffer) {
  EXPECT_NE(*load_or_create_key(path_, 32),
            *load_or_create_key(directory_.path() / "seal.key", 32));
}

TEST_F(KeyFilesTest, ManyFirstStartsAtOnceAgreeOnOneKey) {
  std::vector<Result<Bytes>> keys(16);
  {
    std::vector<std::jthread> threads;
    threads.reserve(keys.size());
    for (auto& key : keys) {
      threads.emplace_back([this, &key] { key = load_or_create_key(path_, 32); });
    }
  }
  std::set<Bytes> distinct;
  for (const auto& key : keys) {
    ASSERT_TRUE(key) << key.error().message;
    distinct.insert(*key);
  }
  EXPECT_EQ(distinct.size(), 1U);
}

TEST_F(KeyFilesTest, AKeyThatOthersCanUseIsRefusedWithARemedy) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0601U, 0644U}) {
    write_key(std::string(64, 'a'), mode);
    const auto key = load_or_create_key(path_, 32);
    ASSERT_FALSE(key) << std::oct << mode;
    EXPECT_EQ(key.error().code, Errc::denied);
    EXPECT_NE(key.error().hint.find("chmod 600"), std::string::npos);
  }
}

TEST_F(KeyFilesTest, AKeyMadeByHandMayEndInANewline) {
  write_key(std::string(64, 'a') + "\n");
  EXPECT_EQ(load_key(path_, 32)->size(), 32U);
  write_key(std::string(64, 'a'));
  EXPECT_EQ(load_key(path_, 32)->size(), 32U);
}

TEST_F(KeyFilesTest, WhatIsNoKeyIsRefusedAndNotReplaced) {
  for (const std::string& text : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                  std::string(66, 'a'), std::string(64, 'A'), std::string(64, 'g'),
                                  std::string(64, 'a') + "\n\n", std::string(100'000, 'a')}) {
    write_key(text);
    const auto key = load_or_create_key(path_, 32);
    ASSERT_FALSE(key) << text.substr(0, 80);
    EXPECT_EQ(key.error().code, Errc::corrupt);
    EXPECT_EQ(key.error().message.find(std::string(32, 'a')), std::string::npos) << "leaks";
    EXPECT_EQ(*read_file(path_), text);
  }
}

TEST_F(KeyFilesTest, APlaceThatCannotHoldAKeyIsAnErrorThatNamesIt) {
  const auto key = load_or_create_key(directory_.path() / "absent" / "url.key", 32);
  ASSERT_FALSE(key);
  EXPECT_NE(key.error().message.find("url.key"), std::string::npos);
  EXPECT_FALSE(load_or_create_key(directory_.path(), 32));
}

}  // namespace
}  // namespace vc::storage
