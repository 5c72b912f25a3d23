#include "agent/prune/yarn_resolutions.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

std::string instead_of(std::string_view pattern, std::string_view user, std::string_view reference,
                       std::string_view name, std::string_view range) {
  const std::string manifest = R"({"resolutions": {")" + std::string(pattern) + R"(": "9"}})";
  const auto resolutions = YarnResolutions::parse(manifest);
  EXPECT_TRUE(resolutions);
  return std::string(resolutions->find(user, reference, name, range).value_or("-"));
}

TEST(YarnResolutionsTest, EachPartNarrowsWhatIsMeant) {
  EXPECT_EQ(instead_of("left", "web", "workspace:web", "left", "npm:^1"), "9");
  EXPECT_EQ(instead_of("left", "web", "workspace:web", "right", "npm:^1"), "-");
  EXPECT_EQ(instead_of("left@npm:^1", "web", "workspace:web", "left", "^1"), "9");
  EXPECT_EQ(instead_of("left@^1", "web", "workspace:web", "left", "npm:^1"), "9");
  EXPECT_EQ(instead_of("left@^1", "web", "workspace:web", "left", "npm:^2"), "-");
  EXPECT_EQ(instead_of("@a/b@^1", "web", "workspace:web", "@a/b", "npm:^1"), "9");
  EXPECT_EQ(instead_of("@a/b", "web", "workspace:web", "@a/c", "npm:^1"), "-");
  EXPECT_EQ(instead_of("right/left", "right", "npm:1.0.0", "left", "npm:^1"), "9");
  EXPECT_EQ(instead_of("right/left", "web", "workspace:web", "left", "npm:^1"), "-");
  EXPECT_EQ(instead_of("@a/b@npm:1.0.0/@c/d@^2", "@a/b", "npm:1.0.0", "@c/d", "npm:^2"), "9");
  EXPECT_EQ(instead_of("@a/b@npm:1.0.0/@c/d@^2", "@a/b", "npm:1.0.1", "@c/d", "npm:^2"), "-");
  EXPECT_EQ(instead_of("@a", "web", "workspace:web", "@a", "npm:^1"), "9");
  EXPECT_EQ(instead_of("", "web", "workspace:web", "left", "npm:^1"), "-");
}

TEST(YarnResolutionsTest, TheFirstCounts) {
  const auto resolutions =
      YarnResolutions::parse(R"({"resolutions": {"a/left": "1", "left": 2, "right": "3"}})");
  ASSERT_TRUE(resolutions);
  EXPECT_EQ(resolutions->find("a", "", "left", "^1"), "1");
  EXPECT_EQ(resolutions->find("b", "", "left", "^1"), std::nullopt) << "2 is no text";
  EXPECT_EQ(resolutions->find("b", "", "right", "^1"), "3");
  EXPECT_TRUE(YarnResolutions::parse("{}"));
  EXPECT_TRUE(YarnResolutions::parse(R"({"jest": {"threshold": 0.5}})")) << "it is no lockfile";
  EXPECT_FALSE(YarnResolutions::parse("[]"));
}

}  // namespace
}  // namespace vc::agent
