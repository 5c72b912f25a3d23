#include "core/suggest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vc {
namespace {

using Words = std::vector<std::string>;

TEST(ClosestWord, FindsEachKindOfMistake) {
  const Words words{"inputs", "outputs", "depends_on"};
  EXPECT_EQ(closest_word("input", words), "inputs");    // Missing.
  EXPECT_EQ(closest_word("inputss", words), "inputs");  // Doubled.
  EXPECT_EQ(closest_word("imputs", words), "inputs");   // Wrong.
  EXPECT_EQ(closest_word("inptus", words), "inputs");   // Swapped.
  EXPECT_EQ(closest_word("Inputs", words), "inputs");   // Case.
  EXPECT_EQ(closest_word("dependsOn", words), "depends_on");
}

TEST(ClosestWord, ATooDistantWordIsNoSuggestion) {
  EXPECT_EQ(closest_word("command", Words{"inputs", "outputs"}), std::nullopt);
  EXPECT_EQ(closest_word("x", Words{}), std::nullopt);
  // A third of the length is allowed and no more: 2 of 6, not 3 of 6.
  EXPECT_EQ(closest_word("abcdef", Words{"abcdxx"}), "abcdxx");
  EXPECT_EQ(closest_word("abcdef", Words{"abcxxx"}), std::nullopt);
  EXPECT_EQ(closest_word("ab", Words{"ax"}), "ax");
  EXPECT_EQ(closest_word("ab", Words{"xy"}), std::nullopt);
}

TEST(ClosestWord, TheNearestWinsAndTheFirstOfEquals) {
  EXPECT_EQ(closest_word("builds", Words{"buildx1", "build", "builda"}), "build");
  EXPECT_EQ(closest_word("VC_PROT", Words{"VC_ROOT", "VC_PORT", "VC_PART"}), "VC_PORT");
}

TEST(ClosestWord, HugeWordsAgainstShortOnesCostNothing) {
  EXPECT_EQ(closest_word(std::string(1 << 20, 'a'), Words{"a", "b"}), std::nullopt);
}

}  // namespace
}  // namespace vc
