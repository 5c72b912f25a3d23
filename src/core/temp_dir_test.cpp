#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace vc {
namespace {

TEST(TempDir, IsPrivateAndGoneAtTheEndOfItsScope) {
  fs::path path;
  {
    const auto directory = TempDir::create();
    ASSERT_TRUE(directory.has_value());
    path = directory->path();
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    ASSERT_TRUE(write_file_atomically(path / "a/b/c", "x").has_value());
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, LinksInsideAreRemovedAndNotFollowed) {
  const auto outside = TempDir::create();
  ASSERT_TRUE(outside.has_value());
  ASSERT_TRUE(write_file_atomically(outside->path() / "kept", "x").has_value());
  {
    const auto directory = TempDir::create();
    ASSERT_TRUE(directory.has_value());
    fs::create_directory_symlink(outside->path(), directory->path() / "link");
  }
  EXPECT_TRUE(fs::exists(outside->path() / "kept"));
}

TEST(TempDir, DirectoriesNobodyMayEnterAreRemovedToo) {
  fs::path path;
  {
    const auto directory = TempDir::create();
    ASSERT_TRUE(directory.has_value());
    path = directory->path();
    ASSERT_TRUE(write_file_atomically(path / "locked/inner/file", "x").has_value());
    fs::permissions(path / "locked/inner", fs::perms::none);
    fs::permissions(path / "locked", fs::perms::none);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(TempDir, AMovedFromOneRemovesNothing) {
  auto first = TempDir::create();
  ASSERT_TRUE(first.has_value());
  const fs::path path = first->path();
  const TempDir second = *std::move(first);
  first = fail(Errc::io, "gone");
  EXPECT_EQ(second.path(), path);
  EXPECT_TRUE(fs::exists(path));
}

TEST(TempDir, AParentThatDoesNotExistIsAnErrorThatNamesIt) {
  const auto directory = TempDir::create("/nonexistent/parent");
  ASSERT_FALSE(directory.has_value());
  EXPECT_EQ(directory.error().code, Errc::not_found);
  EXPECT_NE(directory.error().message.find("/nonexistent/parent"), std::string::npos);
}

}  // namespace
}  // namespace vc
