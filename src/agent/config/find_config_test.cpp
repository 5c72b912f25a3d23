#include "agent/config.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace vc::agent {
namespace {

class FindConfig : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(root_ / path, text));
  }

  std::string found_from(const std::string& path) {
    const auto file = find_config(root_ / path);
    // Above a temporary directory anything may lie; only what is inside counts.
    return file && file->string().starts_with(root_.string()) ? fs::relative(*file, root_).string()
                                                              : "";
  }

  TempDir folder_ = *TempDir::create();
  fs::path root_ = fs::canonical(folder_.path());
};

// B33: works from sub-directories.
TEST_F(FindConfig, IsFoundFromBelow) {
  write("velocity.yml", "version: 1\n");
  ASSERT_TRUE(make_directories(root_ / "a/b/c"));
  EXPECT_EQ(found_from("a/b/c"), "velocity.yml");
  EXPECT_EQ(found_from("."), "velocity.yml");
  EXPECT_EQ(found_from("missing"), "");
}

TEST_F(FindConfig, AFileWithoutVersionBelongsToAPackage) {
  write("velocity.yml", "# comment\nversion: 1\n");
  write("libs/x/velocity.yml", "name: x\n");
  EXPECT_EQ(found_from("libs/x"), "velocity.yml");
}

TEST_F(FindConfig, TheNearestWorkspaceWins) {
  write("velocity.yml", "version: 1\n");
  write("examples/demo/velocity.yml", "version: 1\n");
  EXPECT_EQ(found_from("examples/demo"), "examples/demo/velocity.yml");
  EXPECT_EQ(found_from("examples"), "velocity.yml");
}

TEST_F(FindConfig, AFileWithAMistakeIsStillTheWorkspace) {
  write("velocity.yml", "version: 1\n\t[[[\n");
  write("libs/x/velocity.yml", "name: x\n");
  EXPECT_EQ(found_from("libs/x"), "velocity.yml");
}

TEST_F(FindConfig, WithoutAnyVersionTheOutermostIsMeant) {
  write("velocity.yml", "pipeline: {}\n");
  write("libs/x/velocity.yml", "name: x\n");
  EXPECT_EQ(found_from("libs/x"), "velocity.yml");
}

TEST_F(FindConfig, ADirectoryOfThatNameIsNoConfig) {
  write("velocity.yml", "version: 1\n");
  ASSERT_TRUE(make_directories(root_ / "a/velocity.yml"));
  EXPECT_EQ(found_from("a"), "velocity.yml");
}

}  // namespace
}  // namespace vc::agent
