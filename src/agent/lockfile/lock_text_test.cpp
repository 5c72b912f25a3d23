#include "agent/lockfile/lock_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

using ::testing::HasSubstr;

const LockTextNode& at(const LockText& text, std::initializer_list<std::string_view> path) {
  const LockTextNode* node = &text.root();
  for (const std::string_view key : path) {
    node = text.find(*node, key);
    if (node == nullptr) {
      ADD_FAILURE() << "no " << key;
      return text.root();
    }
  }
  return *node;
}

TEST(LockTextTest, ReadsWhatPnpmAndYarnWrite) {
  const std::string source =
      "# a comment\n"
      "lockfileVersion: '9.0'\n"
      "\n"
      "packages:\n"
      "\n"
      "  '@scope/a@1.0.0':\n"
      "    resolution: {integrity: sha512-abc==, tarball: https://x/y.tgz}\n"
      "    engines: {node: '>=18', npm: ^9 || ^10}\n"
      "    cpu: [x64, arm64]\n"
      "    hasBin: true\n"
      "    deprecated: |-\n"
      "      not: here\n"
      "\n"
      "      any more\n"
      "  b@2.0.0:\n"
      "    transitivePeerDependencies:\n"
      "      - supports-color\n"
      "      - 'it''s'\n"
      "\"c@npm:^1.0.0, c@npm:\\\"2\":\n"
      "  version: 1.0.0\n"
      "? \"long\"\n"
      ":\n"
      "  version: 3.0.0\n"
      "empty: {}\n";
  const auto text = LockText::parse(source);
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(at(*text, {"lockfileVersion"}).value, "9.0");
  EXPECT_EQ(at(*text, {"packages", "@scope/a@1.0.0", "resolution", "integrity"}).value,
            "sha512-abc==");
  EXPECT_EQ(at(*text, {"packages", "@scope/a@1.0.0", "resolution", "tarball"}).value,
            "https://x/y.tgz");
  EXPECT_EQ(at(*text, {"packages", "@scope/a@1.0.0", "engines", "npm"}).value, "^9 || ^10");
  EXPECT_EQ(at(*text, {"packages", "@scope/a@1.0.0", "hasBin"}).value, "true");
  std::string items;
  text->for_each(at(*text, {"packages", "b@2.0.0", "transitivePeerDependencies"}),
                 [&](const LockTextNode& item) { items += std::string(item.value) + ";"; });
  EXPECT_EQ(items, "supports-color;it's;");
  EXPECT_EQ(at(*text, {"c@npm:^1.0.0, c@npm:\"2", "version"}).value, "1.0.0");
  EXPECT_EQ(at(*text, {"long", "version"}).value, "3.0.0");
  EXPECT_EQ(at(*text, {"empty"}).first_child, 0U);
  EXPECT_EQ(
      at(*text, {"packages", "b@2.0.0"}).raw,
      "  b@2.0.0:\n    transitivePeerDependencies:\n      - supports-color\n      - 'it''s'\n");
}

TEST(LockTextTest, AnEmptyFileIsAnEmptyMap) {
  const auto text = LockText::parse("\n# nothing\n");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->root().first_child, 0U);
}

struct Refused {
  const char* name;
  const char* text;
  const char* why;
};

class LockTextRefuses : public ::testing::TestWithParam<Refused> {};

TEST_P(LockTextRefuses, AndSaysWhere) {
  const auto text = LockText::parse(GetParam().text);
  ASSERT_FALSE(text);
  EXPECT_THAT(text.error().message, HasSubstr(GetParam().why));
}

const Refused kRefused[] = {
    {"Anchors", "a: &x 1\n", "line 1"},
    {"Aliases", "a: 1\nb: *x\n", "line 2"},
    {"Tags", "a: !!str 1\n", "line 1"},
    {"Documents", "a: 1\n---\nb: 1\n", "line 2"},
    {"Tabs", "a:\n\tb: 1\n", "line 2"},
    {"Comments", "a: 1 # one\n", "line 1"},
    {"ContinuedLines", "a: one\n  two\n", "line 2: unexpected indentation"},
    {"Dedentation", "a:\n    b: 1\n  c: 1\n", "line 3: unexpected indentation"},
    {"ConflictMarkers", "a:\n<<<<<<< HEAD\n  b: 1\n", "line 2"},
    {"EqualKeys", "a:\n  b: 1\n  c: 1\n  b: 2\n", "twice in \"a\""},
    {"EqualKeysOfMany",
     "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nj: 1\nk: 1\nl: 1\nm: 1\na: 1\n",
     "twice"},
    {"OpenQuotes", "a: 'b\n", "not closed"},
    {"OpenDoubleQuotes", "a: \"b\\\"\n", "not closed"},
    {"OpenFlow", "a: {b: 1\n", "not closed"},
    {"TextBehindAValue", "a: 'b' c\n", "behind"},
    {"AFlowMapWithoutColon", "a: {b}\n", "no \":\""},
    {"NoKey", ": b\n", "line 1"},
    {"ALongKeyAlone", "? a\nb: 1\n", "long key"},
};

INSTANTIATE_TEST_SUITE_P(Each, LockTextRefuses, ::testing::ValuesIn(kRefused),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(LockTextTest, NestingHasALimit) {
  for (const bool too_deep : {false, true}) {
    std::string text;
    const std::size_t levels = kLockTextDepthMax - 1 + (too_deep ? 1 : 0);
    for (std::size_t i = 0; i < levels; ++i) {
      text += std::string(i, ' ') + "a:\n";
    }
    EXPECT_EQ(LockText::parse(text).has_value(), !too_deep);
    const std::size_t flows = kLockTextDepthMax + (too_deep ? 1 : 0);
    EXPECT_EQ(
        LockText::parse("a: " + std::string(flows, '[') + std::string(flows, ']')).has_value(),
        !too_deep);
  }
}

}  // namespace
}  // namespace vc::agent
