#include "agent/task_graph/pattern_overlap.hpp"

#include "core/glob.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using Patterns = std::vector<std::string>;

bool overlap(const Patterns& a, const Patterns& b) {
  const bool one_way = find_overlap(a, b).has_value();
  EXPECT_EQ(one_way, find_overlap(b, a).has_value());
  return one_way;
}

TEST(PatternOverlap, FoldersContainTheirFiles) {
  EXPECT_TRUE(overlap({"dist/**"}, {"dist/index.js"}));
  EXPECT_TRUE(overlap({"dist"}, {"dist/a/b"}));
  EXPECT_TRUE(overlap({"dist/"}, {"dist"}));
  EXPECT_TRUE(overlap({"."}, {"anything"}));
  EXPECT_FALSE(overlap({"dist/**"}, {"dist2/**"}));
  EXPECT_FALSE(overlap({"dist/*"}, {"dist/a/b"}));
  EXPECT_TRUE(overlap({"dist/*"}, {"dist/a"}));
}

TEST(PatternOverlap, DifferentSuffixesNeverMeet) {
  EXPECT_FALSE(overlap({"dist/**/*.js"}, {"dist/**/*.css"}));
  EXPECT_TRUE(overlap({"dist/**/*.js"}, {"dist/**/a*"}));
  EXPECT_FALSE(overlap({"**/*.ts"}, {"dist/**/*.js"}));
  EXPECT_TRUE(overlap({"**/*.ts"}, {"dist/**"}));
  EXPECT_FALSE(overlap({"*.ts"}, {"dist/**"}));
}

TEST(PatternOverlap, WildcardsAreComparedCharacterByCharacter) {
  EXPECT_TRUE(overlap({"a*c"}, {"*b*"}));
  EXPECT_FALSE(overlap({"a*"}, {"b*"}));
  EXPECT_TRUE(overlap({"file?.txt"}, {"file1.txt"}));
  EXPECT_FALSE(overlap({"file?.txt"}, {"file.txt"}));
  EXPECT_TRUE(overlap({"[ab].o"}, {"a.o"}));
  EXPECT_FALSE(overlap({"a\\*b/x"}, {"acb/x"}));
}

TEST(PatternOverlap, AnyAlternativeCounts) {
  EXPECT_TRUE(overlap({"{dist,out}/**"}, {"out/x"}));
  EXPECT_FALSE(overlap({"{dist,out}/**"}, {"build/x"}));
}

TEST(PatternOverlap, ExclusionsKeepListsApart) {
  EXPECT_FALSE(overlap({"dist/**", "!dist/types/**"}, {"dist/types/**"}));
  EXPECT_FALSE(overlap({"dist/**", "!dist/types"}, {"dist/types/**/*.d.ts"}));
  EXPECT_FALSE(overlap({"dist/**", "!**/*.d.ts"}, {"dist/**/*.d.ts"}));
  EXPECT_FALSE(overlap({"**", "!dist/**"}, {"dist/**"}));
  EXPECT_TRUE(overlap({"dist/**", "!dist/types/**"}, {"dist/**"}));
}

TEST(PatternOverlap, AnExclusionBeforeThePatternHasNoEffect) {
  EXPECT_TRUE(overlap({"!dist/types/**", "dist/**"}, {"dist/types/**"}));
}

TEST(PatternOverlap, NamesTheTwoPatterns) {
  const auto pair = find_overlap({"a", "b/**"}, {"c", "d", "b/x"});
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->first, 1U);
  EXPECT_EQ(pair->second, 2U);
}

TEST(PatternOverlap, EmptyListsMeetNothing) {
  EXPECT_FALSE(overlap({}, {"**"}));
}

TEST(PatternOverlap, ManyGlobstarsTakeNoExponentialTime) {
  std::string a;
  std::string b;
  for (int i = 0; i < 60; ++i) {
    a += "**/a/";
    b += "**/b/";
  }
  EXPECT_TRUE(overlap({a + "x"}, {b + "x"}));
  EXPECT_FALSE(overlap({a + "*.x"}, {b + "*.y"}));
  EXPECT_FALSE(overlap({"**", "!" + a + "**/*.x"}, {a + "*.x"}));
}

// Whatever two lists both match, they are said to overlap in.
TEST(PatternOverlap, NeverDeniesAnOverlapThatIsThere) {
  const std::vector<std::string> pieces{"a", "b", "*", "**", "a*", "*b", "?", "[ab]", "{a,b}"};
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same patterns in every run.
  const auto pick = [&](std::size_t below) { return random() % below; };
  const auto path = [&](const std::vector<std::string>& parts) {
    std::string text = parts[pick(parts.size())];
    for (std::size_t i = pick(3); i > 0; --i) {
      text += "/" + parts[pick(parts.size())];
    }
    return text;
  };
  int common = 0;
  for (int round = 0; round < 3000; ++round) {
    const Patterns a{path(pieces), "!" + path(pieces)};
    const Patterns b{path(pieces)};
    const auto first = GlobSet::compile(a);
    const auto second = GlobSet::compile(b);
    ASSERT_TRUE(first && second);
    for (int i = 0; i < 10; ++i) {
      const std::string candidate = path({"a", "b", "ab", "ba"});
      if (first->matches(candidate) && second->matches(candidate)) {
        ++common;
        EXPECT_TRUE(overlap(a, b)) << a[0] << " " << a[1] << " and " << b[0] << ": " << candidate;
      }
    }
  }
  EXPECT_GT(common, 1000);
}

}  // namespace
}  // namespace vc::agent
