#include "wire/object_key.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vc::wire {
namespace {

using namespace std::string_literals;

const std::string kHex(64, 'a');

Scope scope(std::string_view text) {
  return *Scope::parse(text);
}

// Names that must never reach a path or a URL, wherever they are put (B1, B2, B3).
std::vector<std::string> hostile_names() {
  return {
      "",
      ".",
      "..",
      "...",
      "-",
      "-rf",
      ".hidden",
      "../../etc/passwd",
      "a/../b",
      "/etc/passwd",
      "a/",
      "/a",
      "a//b",
      "%2e%2e",
      "%2E%2E%2Fetc",
      "a%2Fb",
      "a%00b",
      "..\\..\\x",
      "a\\b",
      "a\0b"s,
      "\0"s,
      "a b",
      " a",
      "a\n",
      "a\r\nX-Injected: 1",
      "a?expires=1",
      "a#b",
      "a:b",
      "a*",
      "caf\xc3\xa9",
      "\xff\xfe",
      "\xef\xbc\x8e\xef\xbc\x8e",  // Full-width dots.
      std::string(4096, 'a'),
      std::string(4096, '.'),
  };
}

// B1, B2, B3: no key of any form leaves its place in the tree.
TEST(ObjectKeyTest, HostileKeysAreRefused) {
  for (const std::string& name : hostile_names()) {
    EXPECT_FALSE(ObjectKey::create(scope("default"), "turbo", name))
        << testing::PrintToString(name);
    EXPECT_FALSE(ObjectKey::create(scope("default"), "velocity", name))
        << testing::PrintToString(name);
  }
}

TEST(ObjectKeyTest, HostileNamespacesAreRefused) {
  for (const std::string& name : hostile_names()) {
    EXPECT_FALSE(ObjectKey::create(scope("default"), name, kHex)) << testing::PrintToString(name);
  }
}

TEST(ObjectKeyTest, HostileScopeSegmentsAreRefused) {
  for (const std::string& name : hostile_names()) {
    EXPECT_FALSE(Scope::parse(name)) << testing::PrintToString(name);
    EXPECT_FALSE(Scope::parse("pr/" + name)) << testing::PrintToString(name);
    EXPECT_FALSE(Scope::parse(name + "/17")) << testing::PrintToString(name);
    EXPECT_FALSE(Scope::parse("pr/" + name + "/17")) << testing::PrintToString(name);
  }
}

TEST(ObjectKeyTest, HostilePathsAreRefused) {
  for (const std::string& name : hostile_names()) {
    EXPECT_FALSE(ObjectKey::parse(name)) << testing::PrintToString(name);
    EXPECT_FALSE(ObjectKey::parse("v1/" + name + "/-/turbo/aa/aabb")) << name;
    EXPECT_FALSE(ObjectKey::parse("v1/default/-/" + name + "/aa/aabb")) << name;
    EXPECT_FALSE(ObjectKey::parse("v1/default/-/turbo/" + name + "/aabb")) << name;
    EXPECT_FALSE(ObjectKey::parse("v1/default/-/turbo/" + name.substr(0, 2) + "/" + name)) << name;
  }
}

TEST(ObjectKeyTest, ARefusalDoesNotRepeatWhatItRefused) {
  const auto refused = ObjectKey::create(scope("default"), "turbo", "../../etc/passwd");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid);
  EXPECT_EQ(refused.error().message.find("passwd"), std::string::npos);
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST(ObjectKeyTest, MalformedPathsAreRefused) {
  const std::array<std::string, 12> paths = {
      "v1/default/-/velocity/aa",
      "v1/default/-/velocity/aa/",
      "v1/default/-/velocity/" + kHex,
      "v1/default/velocity/aa/" + kHex,
      "v1/-/velocity/aa/" + kHex,
      "v1//-/velocity/aa/" + kHex,
      "v2/default/-/velocity/aa/" + kHex,
      "/v1/default/-/velocity/aa/" + kHex,
      "v1/default/-/velocity/ab/" + kHex,  // A shard that is not the key's.
      "v1/default/-/velocity/aa/" + kHex + "/",
      "v1/default/-/velocity/aa/" + kHex + "/x",
      "v1/default/-/-/velocity/aa/" + kHex,
  };
  for (const std::string& path : paths) {
    EXPECT_FALSE(ObjectKey::parse(path)) << path;
  }
}

TEST(ObjectKeyTest, ANativeKeyIsADigestAndNothingElse) {
  EXPECT_TRUE(ObjectKey::create(scope("default"), "velocity", kHex));
  EXPECT_FALSE(ObjectKey::create(scope("default"), "velocity", std::string(64, 'A')));
  EXPECT_FALSE(ObjectKey::create(scope("default"), "velocity", std::string(63, 'a')));
  EXPECT_FALSE(ObjectKey::create(scope("default"), "velocity", std::string(65, 'a')));
  EXPECT_FALSE(ObjectKey::create(scope("default"), "velocity", "abcdef"));
  EXPECT_TRUE(ObjectKey::create(scope("default"), "turbo", "abcdef"));
}

TEST(ObjectKeyTest, KeysOfOtherDialectsMayHaveCapitalsAndDots) {
  const auto key = ObjectKey::create(scope("default"), "nx", "Build_1.0-RC.tar");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->text(), "v1/default/-/nx/Bu/Build_1.0-RC.tar");
}

TEST(ObjectKeyTest, LimitsHoldAtTheLimitAndFailOnePastIt) {
  const auto key_of = [](std::size_t size) {
    return ObjectKey::create(scope("default"), "turbo", std::string(size, 'k'));
  };
  EXPECT_FALSE(key_of(ObjectKey::kKeyBytesMin - 1));
  EXPECT_TRUE(key_of(ObjectKey::kKeyBytesMin));
  EXPECT_TRUE(key_of(ObjectKey::kKeyBytesMax));
  EXPECT_FALSE(key_of(ObjectKey::kKeyBytesMax + 1));

  const auto name_space_of = [](std::size_t size) {
    return ObjectKey::create(scope("default"), std::string(size, 'n'), kHex);
  };
  EXPECT_TRUE(name_space_of(1));
  EXPECT_TRUE(name_space_of(ObjectKey::kNameSpaceBytesMax));
  EXPECT_FALSE(name_space_of(ObjectKey::kNameSpaceBytesMax + 1));

  EXPECT_TRUE(Scope::parse(std::string(Scope::kBytesMax, 's')));
  EXPECT_FALSE(Scope::parse(std::string(Scope::kBytesMax + 1, 's')));
  EXPECT_TRUE(Scope::parse("1/2/3/4/5/6/7/8"));
  EXPECT_FALSE(Scope::parse("1/2/3/4/5/6/7/8/9"));
}

TEST(ObjectKeyTest, PartsComeBackOutOfAPath) {
  const auto key = ObjectKey::parse("v1/pr/456789/17/-/velocity/aa/" + kHex);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->scope(), "pr/456789/17");
  EXPECT_EQ(key->name_space(), "velocity");
  EXPECT_EQ(key->key(), kHex);
  EXPECT_EQ(*key, ObjectKey::native(scope("pr/456789/17"), *Digest::parse(kHex)));
}

TEST(ObjectKeyTest, ParseIsTheInverseOfText) {
  for (const std::string_view s : {"default", "trusted/456789", "a.b/c-d/_"}) {
    const auto key = ObjectKey::create(scope(s), "ccache", "0-.");
    ASSERT_TRUE(key);
    const auto again = ObjectKey::parse(key->text());
    ASSERT_TRUE(again) << key->text();
    EXPECT_EQ(*again, *key);
    EXPECT_EQ(again->scope(), s);
  }
}

// A scope that looks like the tail of another path cannot be confused with it.
TEST(ObjectKeyTest, ScopesThatNestDoNotShareKeys) {
  const auto outer = ObjectKey::create(scope("a"), "b", "cc");
  const auto inner = ObjectKey::create(scope("a/b"), "cc", "dd");
  EXPECT_NE(outer->text(), inner->text());
  EXPECT_EQ(outer->scope(), "a");
  EXPECT_EQ(inner->scope(), "a/b");
}

}  // namespace
}  // namespace vc::wire
