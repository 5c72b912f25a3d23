#include "core/glob.hpp"

#include "core/testing/naive_glob.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc {
namespace {

using testing::HasSubstr;

Glob glob(std::string_view pattern) {
  auto compiled = Glob::compile(pattern);
  EXPECT_TRUE(compiled.has_value()) << pattern << ": " << compiled.error().message;
  return *std::move(compiled);
}

bool matches(std::string_view pattern, std::string_view path) {
  return glob(pattern).matches(path);
}

std::string glob_error(std::string_view pattern) {
  const auto compiled = Glob::compile(pattern);
  if (compiled) {
    ADD_FAILURE() << pattern << " was accepted";
    return "";
  }
  EXPECT_EQ(compiled.error().code, Errc::invalid);
  return compiled.error().message;
}

GlobSet set(const std::vector<std::string>& patterns) {
  auto compiled = GlobSet::compile(patterns);
  EXPECT_TRUE(compiled.has_value());
  return *std::move(compiled);
}

// All texts of at most `length_max` characters of the alphabet, the empty one first.
std::vector<std::string> texts_over(std::string_view alphabet, std::size_t length_max) {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size() && texts[i].size() < length_max; ++i) {
    for (const char c : alphabet) {
      texts.push_back(texts[i] + c);
    }
  }
  return texts;
}

bool is_normal_path(const std::string& path) {
  std::string joined;
  for (const auto& segment : naive_segments(path)) {
    joined += (joined.empty() ? "" : "/") + segment;
  }
  return joined == path;
}

TEST(Glob, StarStopsAtASlash) {
  EXPECT_TRUE(matches("*.json", "package.json"));
  EXPECT_TRUE(matches("*.json", ".json"));
  EXPECT_FALSE(matches("*.json", "config/package.json"));
  EXPECT_TRUE(matches("src/*", "src/a"));
  EXPECT_FALSE(matches("src/*", "src/a/b"));
  EXPECT_FALSE(matches("src/*", "src"));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_FALSE(matches("a*b*c", "a-c-b"));
  EXPECT_TRUE(matches("ab*ba", "abba"));
  EXPECT_FALSE(matches("ab*ba", "aba"));
}

TEST(Glob, TwoStarsAreAnyNumberOfSegmentsAlsoNone) {
  EXPECT_TRUE(matches("**/*.ts", "a.ts"));
  EXPECT_TRUE(matches("**/*.ts", "x/y/a.ts"));
  EXPECT_TRUE(matches("src/**/test/*.ts", "src/test/a.ts"));
  EXPECT_TRUE(matches("src/**/test/*.ts", "src/x/test/y/test/a.ts"));
  EXPECT_FALSE(matches("src/**/test/*.ts", "src/x/testing/a.ts"));
  EXPECT_TRUE(matches("a/**/b/**/c", "a/b/c"));
  EXPECT_FALSE(matches("a/**/a", "a"));
  EXPECT_TRUE(matches("**", "any/thing"));
  EXPECT_TRUE(matches("**/**", "any"));
}

TEST(Glob, TwoStarsInsideASegmentAreOne) {
  EXPECT_TRUE(matches("a**b", "axxb"));
  EXPECT_FALSE(matches("a**b", "a/b"));
  EXPECT_TRUE(matches("**.js", "x.js"));
  EXPECT_FALSE(matches("**.js", "d/x.js"));
}

// B15: `outputs: ["dist/**"]`, the documented form, must name what is in dist.
TEST(Glob, ADirectoryItsSlashAndItsStarsNameTheSameFiles) {
  for (const char* pattern : {"dist", "dist/", "dist/**", "./dist", "dist/.", "dist//"}) {
    SCOPED_TRACE(pattern);
    EXPECT_TRUE(matches(pattern, "dist"));
    EXPECT_TRUE(matches(pattern, "dist/a"));
    EXPECT_TRUE(matches(pattern, "dist/a/b/.c"));
    EXPECT_FALSE(matches(pattern, "dist2"));
    EXPECT_FALSE(matches(pattern, "dist.js"));
    EXPECT_FALSE(matches(pattern, "dis"));
    EXPECT_FALSE(matches(pattern, "x/dist"));
  }
}

TEST(Glob, ALiteralLastSegmentCoversBehindWildcardsToo) {
  EXPECT_TRUE(matches("packages/*/dist", "packages/web/dist/a/b"));
  EXPECT_TRUE(matches("**/node_modules", "a/node_modules/b/c"));
  EXPECT_TRUE(matches("{dist,build}", "build/x"));
  EXPECT_TRUE(matches("build-*/", "build-1/x/y"));
  EXPECT_FALSE(matches("build-*", "build-1/x/y"));
}

TEST(Glob, ADotAloneIsEverything) {
  EXPECT_TRUE(matches(".", "a/b"));
  EXPECT_TRUE(matches("./", "a"));
  EXPECT_EQ(glob(".").literal_prefix(), "");
}

TEST(Glob, DotfilesAreLikeAllOthers) {
  EXPECT_TRUE(matches("*", ".env"));
  EXPECT_TRUE(matches("**/*.d", ".cache/.x.d"));
}

TEST(Glob, QuestionMarkIsOneCharacterNotOneByte) {
  EXPECT_TRUE(matches("?", "\u00e9"));
  EXPECT_FALSE(matches("??", "\u00e9"));
  EXPECT_FALSE(matches("*??", "\u65e5"));
  EXPECT_TRUE(matches("?.txt", "\xff.txt"));  // Not UTF-8: a byte is a character.
  EXPECT_FALSE(matches("?", "/"));
  EXPECT_FALSE(matches("a?", "a"));
}

TEST(Glob, ClassesHaveRangesNegationAndLiteralBrackets) {
  EXPECT_TRUE(matches("[a-c]x", "bx"));
  EXPECT_FALSE(matches("[a-c]x", "dx"));
  EXPECT_TRUE(matches("[!a-c]x", "dx"));
  EXPECT_TRUE(matches("[^a-c]x", "dx"));
  EXPECT_FALSE(matches("[!a-c]x", "ax"));
  EXPECT_TRUE(matches("[]a]", "]"));
  EXPECT_TRUE(matches("[!]a]", "b"));
  EXPECT_FALSE(matches("[!]a]", "]"));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_TRUE(matches("[\\]-a]", "^"));
  EXPECT_TRUE(matches("[{,}]", ","));
  EXPECT_TRUE(matches("[\u00e0-\u00ff]", "\u00e9"));
  EXPECT_FALSE(matches("[*]", "x"));
}

TEST(Glob, BracesAreAlternatives) {
  EXPECT_TRUE(matches("*.{ts,tsx}", "a.tsx"));
  EXPECT_TRUE(matches("{src,lib}/**/*.c", "lib/x/a.c"));
  EXPECT_TRUE(matches("a{,b}", "a"));
  EXPECT_TRUE(matches("{a/b,c}/d", "a/b/d"));
  EXPECT_TRUE(matches("x{a,b{c,d{e,{f,g}}}}", "xbdg"));
  EXPECT_FALSE(matches("x{a,b{c,d}}", "xb"));
  EXPECT_TRUE(matches("{a}", "a"));
  EXPECT_TRUE(matches("\\{a,b\\}", "{a,b}"));
  EXPECT_TRUE(matches("a}", "a}"));
  EXPECT_TRUE(matches("a,b", "a,b"));
}

TEST(Glob, ABackslashTakesTheNextCharacterLiterally) {
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "a"));
  EXPECT_TRUE(matches("\\[a\\]", "[a]"));
  EXPECT_TRUE(matches("a\\\\b", "a\\b"));
  EXPECT_TRUE(matches("\\a", "a"));
}

// B20, B26: characters that other encodings trip over are ordinary ones here.
TEST(Glob, SeparatorsOfOtherLanguagesAreOrdinaryCharacters) {
  for (const char* name :
       {"a|b", "a:b", "a=b", "a\nb", "$a", "${A}x", "~", "#a", "a b", "%2e%2e"}) {
    std::string pattern = name;
    if (const auto brace = pattern.find('{'); brace != std::string::npos) {
      pattern = "$\\{A\\}x";
    }
    EXPECT_TRUE(matches(pattern, name)) << name;
    EXPECT_FALSE(matches(pattern, "a")) << name;
  }
}

// B7: a pattern cannot name what lies outside its directory.
TEST(Glob, PatternsThatLeaveTheirDirectoryAreRefused) {
  for (const char* pattern :
       {"../sib", "a/../b", "..", "a/..", "\\.\\./x", "{a,..}/b", "{.,}.{.,}/x"}) {
    EXPECT_THAT(glob_error(pattern), HasSubstr("..")) << pattern;
  }
  EXPECT_THAT(glob_error("/etc"), HasSubstr("absolute"));
  EXPECT_THAT(glob_error("{a,}/etc"), HasSubstr("absolute"));
  EXPECT_TRUE(matches("..a", "..a"));
}

TEST(Glob, MalformedPatternsAreRefused) {
  EXPECT_THAT(glob_error(""), HasSubstr("empty"));
  EXPECT_THAT(glob_error("{a,}"), HasSubstr("empty"));
  EXPECT_THAT(glob_error(std::string_view("a\0b", 3)), HasSubstr("NUL"));
  EXPECT_THAT(glob_error("[a"), HasSubstr("\"[\""));
  EXPECT_THAT(glob_error("[a/b]"), HasSubstr("\"[\""));
  EXPECT_THAT(glob_error("[]"), HasSubstr("\"[\""));
  EXPECT_THAT(glob_error("[z-a]"), HasSubstr("backwards"));
  EXPECT_THAT(glob_error("[[:alpha:]]"), HasSubstr("POSIX"));
  EXPECT_THAT(glob_error("{a,b"), HasSubstr("\"{\""));
  EXPECT_THAT(glob_error("a\\"), HasSubstr("escape"));
}

TEST(Glob, LimitsHoldAtNAndBreakAtOneMore) {
  EXPECT_TRUE(Glob::compile(std::string(Glob::kPatternBytesMax, 'a')).has_value());
  EXPECT_THAT(glob_error(std::string(Glob::kPatternBytesMax + 1, 'a')), HasSubstr("4096"));
  EXPECT_TRUE(matches("{{{{a,b},c},d},e}", "a"));
  EXPECT_THAT(glob_error("{{{{{a,b},c},d},e},f}"), HasSubstr("nested"));
  const std::string thousand = "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}";
  EXPECT_TRUE(matches(thousand, "aaaaaaaaab"));
  EXPECT_THAT(glob_error("{" + thousand + ",x}"), HasSubstr("1024"));
  EXPECT_THAT(glob_error(thousand + "{a,b}"), HasSubstr("1024"));
  // 1024 alternatives of 64 bytes are 65536.
  EXPECT_TRUE(Glob::compile(thousand + std::string(54, 'x')).has_value());
  EXPECT_THAT(glob_error(thousand + std::string(55, 'x')), HasSubstr("65536"));
}

// Exponential backtracking would not end before the test's time limit.
TEST(Glob, HostilePatternsTakeBoundedTime) {
  std::string stars;
  std::string deep_stars;
  std::string deep_path;
  for (int i = 0; i < 1000; ++i) {
    stars += "*a";
    deep_stars += "**/a/";
    deep_path += "a/";
  }
  EXPECT_FALSE(matches(stars + "b", std::string(4000, 'a')));
  EXPECT_TRUE(matches(stars, std::string(4000, 'a')));
  EXPECT_FALSE(matches(deep_stars.substr(0, 4000) + "b", deep_path + "c"));
  EXPECT_FALSE(matches("**/a?a?a*/**/*a*a*a*b/**/x", deep_path + "y"));
}

// Every short pattern against every short path: the definition decides, in both functions.
TEST(Glob, AgreesWithTheNaiveDefinitionOnAllShortInputs) {
  std::vector<std::string> paths = texts_over("ab/", 4);
  std::erase_if(paths, [](const auto& path) { return path.empty() || !is_normal_path(path); });
  std::size_t compared = 0;
  for (const std::string& pattern : texts_over("a*?/", 6)) {
    const auto compiled = Glob::compile(pattern);
    if (!compiled) {
      continue;
    }
    for (const std::string& path : paths) {
      ++compared;
      const bool expected = naive_glob_matches(pattern, path);
      ASSERT_EQ(compiled->matches(path), expected) << pattern << " on " << path;
      for (auto slash = path.find('/'); expected && slash != path.npos;
           slash = path.find('/', slash + 1)) {
        ASSERT_TRUE(compiled->can_match_below(path.substr(0, slash))) << pattern << " at " << path;
      }
      ASSERT_TRUE(!expected || compiled->can_match_below("")) << pattern;
    }
  }
  EXPECT_GT(compared, 50'000U);
}

TEST(GlobCanMatchBelow, PrunesWhatCannotMatch) {
  EXPECT_TRUE(glob("src/**/*.ts").can_match_below(""));
  EXPECT_TRUE(glob("src/**/*.ts").can_match_below("src"));
  EXPECT_TRUE(glob("src/**/*.ts").can_match_below("src/deep/er"));
  EXPECT_FALSE(glob("src/**/*.ts").can_match_below("srcs"));
  EXPECT_FALSE(glob("src/**/*.ts").can_match_below("node_modules"));
  EXPECT_TRUE(glob("a/b/c/*").can_match_below("a/b"));
  EXPECT_FALSE(glob("a/b/c/*").can_match_below("a/bb"));
  EXPECT_FALSE(glob("*.json").can_match_below("src"));
  EXPECT_TRUE(glob("*.json").can_match_below(""));
  EXPECT_TRUE(glob("*/x").can_match_below("any"));
  EXPECT_FALSE(glob("*/x*").can_match_below("any/xy"));
  EXPECT_TRUE(glob("dist").can_match_below("dist"));
  EXPECT_TRUE(glob("dist").can_match_below("dist/a"));
  EXPECT_FALSE(glob("dist").can_match_below("dis"));
  EXPECT_TRUE(glob("{a,b}/c").can_match_below("b"));
  EXPECT_FALSE(glob("{a,b}/c").can_match_below("c"));
}

TEST(GlobCanMatchBelow, IsExactOnAllShortInputs) {
  std::vector<std::string> paths = texts_over("ab/", 7);
  std::erase_if(paths, [](const auto& path) { return path.empty() || !is_normal_path(path); });
  for (const std::string& pattern : texts_over("a*/", 4)) {
    const auto compiled = Glob::compile(pattern);
    if (!compiled) {
      continue;
    }
    for (const std::string dir : {"a", "b", "ab", "a/a", "a/b", "b/a"}) {
      const bool found = std::ranges::any_of(paths, [&](const std::string& path) {
        return path.starts_with(dir + "/") && compiled->matches(path);
      });
      EXPECT_EQ(compiled->can_match_below(dir), found) << pattern << " below " << dir;
    }
  }
}

TEST(Glob, LiteralPrefixIsTheLeadingRunOfLiteralSegments) {
  EXPECT_EQ(glob("src/**/*.ts").literal_prefix(), "src");
  EXPECT_EQ(glob("a/b/c*").literal_prefix(), "a/b");
  EXPECT_EQ(glob("dist").literal_prefix(), "dist");
  EXPECT_EQ(glob("**").literal_prefix(), "");
  EXPECT_EQ(glob("*.json").literal_prefix(), "");
  EXPECT_EQ(glob("a/{b,c}/d").literal_prefix(), "a");
  EXPECT_EQ(glob("{ab,a}/x").literal_prefix(), "");
  EXPECT_EQ(glob("\\*/x").literal_prefix(), "*/x");
}

TEST(GlobSet, TheLastPatternThatMatchesDecides) {
  const GlobSet globs = set({"dist/**", "!dist/**/*.map", "dist/keep.map"});
  EXPECT_TRUE(globs.matches("dist/a.js"));
  EXPECT_FALSE(globs.matches("dist/a.map"));
  EXPECT_TRUE(globs.matches("dist/keep.map"));
  EXPECT_EQ(globs.deciding_pattern("dist/a.js"), 0U);
  EXPECT_EQ(globs.deciding_pattern("dist/x/a.map"), 1U);
  EXPECT_EQ(globs.deciding_pattern("dist/keep.map"), 2U);
  EXPECT_EQ(globs.deciding_pattern("src/a"), std::nullopt);
  EXPECT_EQ(globs.patterns(),
            (std::vector<std::string>{"dist/**", "!dist/**/*.map", "dist/keep.map"}));
}

TEST(GlobSet, AnEmptySetAndExclusionsAloneMatchNothing) {
  EXPECT_FALSE(GlobSet().matches("a"));
  EXPECT_FALSE(GlobSet().can_match_below(""));
  EXPECT_TRUE(set({}).empty());
  EXPECT_FALSE(set({"!a"}).matches("b"));
  EXPECT_FALSE(set({"!a"}).can_match_below(""));
}

TEST(GlobSet, AnEscapedExclamationMarkIsPartOfTheName) {
  EXPECT_TRUE(set({"\\!a"}).matches("!a"));
  EXPECT_FALSE(set({"*", "!!a"}).matches("!a"));
}

TEST(GlobSet, DirectoriesThatAreExcludedWholeArePruned) {
  const GlobSet globs = set({"**/*.ts", "!**/node_modules", "!dist/**"});
  EXPECT_TRUE(globs.can_match_below(""));
  EXPECT_TRUE(globs.can_match_below("src"));
  EXPECT_FALSE(globs.can_match_below("node_modules"));
  EXPECT_FALSE(globs.can_match_below("src/node_modules/x"));
  EXPECT_FALSE(globs.can_match_below("dist"));
}

TEST(GlobSet, AnExclusionThatALaterPatternReopensIsNotPruned) {
  const GlobSet globs = set({"**", "!vendor", "vendor/ours/**"});
  EXPECT_TRUE(globs.can_match_below("vendor"));
  EXPECT_FALSE(globs.can_match_below("vendor/theirs"));
  EXPECT_TRUE(globs.can_match_below("vendor/ours/x"));
  EXPECT_TRUE(set({"**", "!a/*"}).can_match_below("a"));  // a/b/c is still in.
}

TEST(GlobSet, TheFirstBadPatternIsNamedByItsIndex) {
  std::size_t bad_index = 99;
  EXPECT_FALSE(GlobSet::compile({"a", "!", "["}, &bad_index).has_value());
  EXPECT_EQ(bad_index, 1U);
  EXPECT_FALSE(GlobSet::compile({"a", "["}).has_value());
}

}  // namespace
}  // namespace vc
