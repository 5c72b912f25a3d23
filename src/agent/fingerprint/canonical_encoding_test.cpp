#include "agent/fingerprint/canonical_encoding.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {
namespace {

using List = std::vector<Ingredient>;

std::string encode(const List& list) {
  CanonicalEncoding encoding;
  for (const Ingredient& ingredient : list) {
    encoding.add(ingredient);
  }
  return encoding.bytes();
}

// Reads an encoding back. That this is possible for every list is what makes it unambiguous.
std::optional<List> decode(std::string_view bytes) {
  List list;
  const auto take_text = [&]() -> std::optional<std::string> {
    if (bytes.size() < 8) {
      return std::nullopt;
    }
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) {
      length = (length << 8) | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
    }
    bytes.remove_prefix(8);
    if (length > bytes.size()) {
      return std::nullopt;
    }
    std::string text(bytes.substr(0, length));
    bytes.remove_prefix(length);
    return text;
  };
  while (!bytes.empty()) {
    const auto kind = static_cast<IngredientKind>(bytes[0]);
    bytes.remove_prefix(1);
    auto name = take_text();
    auto value = take_text();
    if (!name || !value) {
      return std::nullopt;
    }
    list.push_back({.kind = kind, .name = *std::move(name), .value = *std::move(value)});
  }
  return list;
}

Ingredient variable(std::string name, std::string value) {
  return {.kind = IngredientKind::environment, .name = std::move(name), .value = std::move(value)};
}

TEST(CanonicalEncodingTest, IsTheDocumentedBytes) {
  EXPECT_EQ(encode({variable("A", "1")}), std::string("\x08\x01\0\0\0\0\0\0\0A\x01\0\0\0\0\0\0\0"
                                                      "1",
                                                      19));
}

// The same bytes for ever, unless kFingerprintVersion changes.
TEST(CanonicalEncodingTest, HasAKnownDigest) {
  CanonicalEncoding encoding;
  encoding.add(IngredientKind::version, "", "1");
  encoding.add(IngredientKind::task, "", "build");
  EXPECT_EQ(encoding.digest(), sha256(encoding.bytes()));
  EXPECT_EQ(encoding.bytes().size(), 2 * 17U + 1 + 5);
}

// B20: joined with separators, these two were one.
TEST(CanonicalEncodingTest, AValueCannotPretendToBeTwoVariables) {
  EXPECT_NE(encode({variable("A", "1|B=2")}), encode({variable("A", "1"), variable("B", "2")}));
  EXPECT_NE(encode({variable("A=1", "2")}), encode({variable("A", "1=2")}));
  EXPECT_NE(encode({variable("A", "")}), encode({variable("", "A")}));
  EXPECT_NE(encode({}), encode({variable("", "")}));
  const std::string inner = encode({variable("B", "2")});
  EXPECT_NE(encode({variable("A", "1" + inner)}), encode({variable("A", "1"), variable("B", "2")}));
}

// B20, for random lists: every list is read back as it was, so no two have the same bytes. Values
// are made of what an encoding could be confused by: separators, zeros, lengths, other encodings.
class CanonicalEncodingPropertyTest : public ::testing::TestWithParam<unsigned> {
 protected:
  std::string text() {
    static const std::vector<std::string> kPieces{"",
                                                  "A",
                                                  "=",
                                                  "|",
                                                  ":",
                                                  "\n",
                                                  std::string(1, '\0'),
                                                  std::string(8, '\0'),
                                                  std::string("\x01\0\0\0\0\0\0\0", 8),
                                                  "\x08",
                                                  "unset",
                                                  encode({variable("A", "1")})};
    std::string text;
    for (unsigned pieces = random_() % 4; pieces > 0; --pieces) {
      text += kPieces[random_() % kPieces.size()];
    }
    return text;
  }

  List list() {
    List list;
    for (unsigned count = random_() % 4; count > 0; --count) {
      list.push_back({.kind = static_cast<IngredientKind>(random_() % 14 + 1),
                      .name = text(),
                      .value = text()});
    }
    return list;
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(CanonicalEncodingPropertyTest, DifferentListsHaveDifferentBytes) {
  for (int i = 0; i < 2000; ++i) {
    const List first = list();
    const List second = list();
    EXPECT_EQ(decode(encode(first)), first);
    EXPECT_EQ(encode(first) == encode(second), first == second);
  }
}

// The smallest changes there are: one byte moved over one border.
TEST_P(CanonicalEncodingPropertyTest, MovingOneByteOverABorderChangesTheBytes) {
  for (int i = 0; i < 500; ++i) {
    const List original = list();
    for (std::size_t at = 0; at < original.size(); ++at) {
      List moved = original;
      if (moved[at].name.empty()) {
        continue;
      }
      moved[at].value.insert(0, 1, moved[at].name.back());
      moved[at].name.pop_back();
      EXPECT_NE(encode(moved), encode(original));
    }
    for (std::size_t at = 1; at < original.size(); ++at) {
      List merged = original;
      merged[at - 1].value += merged[at].name;
      merged[at].name.clear();
      EXPECT_EQ(encode(merged) == encode(original), merged == original);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CanonicalEncodingPropertyTest, ::testing::Range(1U, 6U));

}  // namespace
}  // namespace vc::agent
