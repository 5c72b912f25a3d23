#include "storage/local_root.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <string>

namespace vc::storage {
namespace {

class LocalRootTest : public testing::Test {
 protected:
  static std::size_t entries(const fs::path& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
  }

  TempDir directory_ = *TempDir::create();
  fs::path path_ = directory_.path() / "new" / "velocity-data";
};

TEST_F(LocalRootTest, MakesARootWithItsParents) {
  ASSERT_TRUE(LocalRoot::open(path_));
  EXPECT_TRUE(fs::exists(path_ / "VELOCITYCACHE"));
  EXPECT_TRUE(fs::is_directory(path_ / "objects"));
  EXPECT_EQ(entries(path_ / "staging"), 0U);
}

TEST_F(LocalRootTest, OnlyItsOwnerMayLookIntoARootWeMade) {
  ASSERT_TRUE(LocalRoot::open(path_ / ""));  // "velocity-data/"
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST_F(LocalRootTest, ASecondGatewayIsRefusedWithARemedy) {
  const auto first = LocalRoot::open(path_);
  ASSERT_TRUE(first);
  const auto second = LocalRoot::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_NE(second.error().message.find(path_.native()), std::string::npos);
  EXPECT_NE(second.error().hint.find("VC_LOCAL_ROOT"), std::string::npos);
}

TEST_F(LocalRootTest, ClosingGivesTheRootBack) {
  ASSERT_TRUE(LocalRoot::open(path_));
  EXPECT_TRUE(LocalRoot::open(path_));
}

// B14: a typing error in VC_LOCAL_ROOT must not turn somebody's files into a cache.
TEST_F(LocalRootTest, ADirectoryOfSomebodyElseIsRefusedAndLeftAsItWas) {
  fs::create_directories(path_);
  ASSERT_TRUE(write_file_atomically(path_ / "thesis.txt", "years of work"));
  const auto root = LocalRoot::open(path_);
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, Errc::invalid);
  EXPECT_NE(root.error().hint.find("VC_LOCAL_ROOT"), std::string::npos);
  EXPECT_EQ(entries(path_), 1U);
}

TEST_F(LocalRootTest, AFreshVolumeWithLostAndFoundIsTaken) {
  fs::create_directories(path_ / "lost+found");
  EXPECT_TRUE(LocalRoot::open(path_));
}

TEST_F(LocalRootTest, AFirstStartThatWasKilledEarlyCanBeRepeated) {
  fs::create_directories(path_);
  ASSERT_TRUE(write_file_atomically(path_ / "lock", ""));
  ASSERT_TRUE(write_file_atomically(path_ / "VELOCITYCACHE.new", "Veloc"));
  EXPECT_TRUE(LocalRoot::open(path_));
  EXPECT_FALSE(fs::exists(path_ / "VELOCITYCACHE.new"));
}

TEST_F(LocalRootTest, AnUnknownLayoutIsLeftAlone) {
  ASSERT_TRUE(LocalRoot::open(path_));
  ASSERT_TRUE(
      write_file_atomically(path_ / "VELOCITYCACHE", "VelocityCache local store, layout 2\n"));
  const auto root = LocalRoot::open(path_);
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, Errc::invalid);
}

TEST_F(LocalRootTest, UnfinishedUploadsAreSweptAndNothingElse) {
  ASSERT_TRUE(LocalRoot::open(path_));
  ASSERT_TRUE(write_file_atomically(path_ / "staging" / "spool-0011", "half an artifact"));
  ASSERT_TRUE(write_file_atomically(path_ / "keys" / "spool-0022", "half a key"));
  ASSERT_TRUE(write_file_atomically(path_ / "staging" / "notes.txt", "not ours"));
  const auto root = LocalRoot::open(path_);
  ASSERT_TRUE(root);
  EXPECT_EQ(root->swept_files(), 2U);
  EXPECT_EQ(entries(path_ / "staging"), 1U);
  EXPECT_EQ(entries(path_ / "keys"), 0U);
}

TEST_F(LocalRootTest, AFileInTheWayIsAnErrorThatNamesIt) {
  ASSERT_TRUE(write_file_atomically(path_, "a file"));
  const auto root = LocalRoot::open(path_);
  ASSERT_FALSE(root);
  EXPECT_NE(root.error().message.find(path_.native()), std::string::npos);
}

TEST_F(LocalRootTest, CheckNoticesThatTheRootWasTakenAway) {
  const auto root = LocalRoot::open(path_);
  ASSERT_TRUE(root);
  EXPECT_TRUE(root->check());
  fs::rename(path_, directory_.path() / "elsewhere");
  EXPECT_FALSE(root->check());
}

}  // namespace
}  // namespace vc::storage
