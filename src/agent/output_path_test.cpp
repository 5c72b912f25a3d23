#include "agent/output_path.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

TEST(OutputPath, OrdinaryNamesAreAllowed) {
  for (const char* path :
       {"a", "a/b/c", ".hidden", "a/.b", "..a", "a..", "...", "a b", "a\nb", "a\\b", "-rf", "*",
        "\xC3\xBC", "sub/.velocity/x", ".gitignore", ".github/x", ".velocityx"}) {
    EXPECT_TRUE(check_output_path(path)) << path;
  }
}

TEST(OutputPath, LimitsAreExact) {
  EXPECT_TRUE(check_output_path(std::string(255, 'n')));
  EXPECT_FALSE(check_output_path(std::string(256, 'n')));
  std::string levels = "d";
  for (std::size_t i = 1; i < kOutputDepthMax; ++i) {
    levels += "/d";
  }
  EXPECT_TRUE(check_output_path(levels));
  EXPECT_FALSE(check_output_path(levels + "/d"));
  std::string longest(kOutputPathBytesMax, 'x');
  for (std::size_t i = 200; i < longest.size(); i += 201) {
    longest[i] = '/';
  }
  EXPECT_TRUE(check_output_path(longest));
  EXPECT_FALSE(check_output_path(longest + "x"));
}

TEST(OutputPath, LinksMayClimbAsFarAsThePackageAndNoFurther) {
  struct Case {
    const char* path;
    const char* target;
    bool inside;
  };

  const Case cases[] = {
      {"l", "a", true},
      {"l", "a/b", true},
      {"l", ".", true},
      {"l", "./a", true},
      {"l", "a/", true},
      {"d/l", "..", true},
      {"d/l", "../a", true},
      {"d/l", "./../a", true},
      {"d/e/l", "../../a", true},
      {"l", "..", false},
      {"l", "../a", false},
      {"d/l", "../..", false},
      {"d/l", "../../a", false},
      {"d/e/l", "../../../a", false},
      {"l", "/a", false},
      {"l", "", false},
      // `a` may be a link itself.
      {"d/l", "a/..", false},
      {"d/l", "a/../b", false},
      {"d/l", "../a/../b", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(link_stays_inside(c.path, c.target), c.inside) << c.path << " -> " << c.target;
  }
}

TEST(OutputPath, MessagesAreReadableAndHarmless) {
  EXPECT_EQ(printable("dist/\xC3\xBC.js"), "dist/\xC3\xBC.js");
  EXPECT_EQ(printable("a\x1b[2Jb\n"), "a\\x1b[2Jb\\x0a");
  EXPECT_EQ(printable("\x7F"), "\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");
  EXPECT_EQ(printable("\xFFz"), "\\xffz");
}

TEST(OutputPath, ParentAndName) {
  EXPECT_EQ(parent_of_path("a/b/c"), "a/b");
  EXPECT_EQ(name_of_path("a/b/c"), "c");
  EXPECT_EQ(parent_of_path("c"), "");
  EXPECT_EQ(name_of_path("c"), "c");
}

}  // namespace
}  // namespace vc::agent
