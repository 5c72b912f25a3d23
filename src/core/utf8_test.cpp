#include "core/utf8.hpp"

#include <gtest/gtest.h>

namespace vc {
namespace {

// The first and last code point of every length.
TEST(Utf8, BoundariesThereAndBack) {
  for (const char32_t value :
       {0x0U, 0x7fU, 0x80U, 0x7ffU, 0x800U, 0xd7ffU, 0xe000U, 0xffffU, 0x10000U, 0x10ffffU}) {
    std::string text;
    append_utf8(text, value);
    const Utf8Character character = first_utf8_character(text + "x");
    EXPECT_TRUE(character.valid);
    EXPECT_EQ(character.value, value);
    EXPECT_EQ(character.size, text.size());
  }
}

TEST(Utf8, IllFormedBytesAreOneInvalidCharacterEach) {
  const std::string_view texts[] = {
      "\x80",              // A continuation without a lead.
      "\xc3",              // Cut short.
      "\xc3(",             // Continued wrongly.
      "\xe2\x82",          // Cut short.
      "\xc0\xaf",          // '/' in two bytes.
      "\xe0\x80\xaf",      // '/' in three.
      "\xf0\x80\x80\xaf",  // '/' in four.
      "\xed\xa0\x80",      // A surrogate.
      "\xf4\x90\x80\x80",  // Past U+10FFFF.
      "\xf8\x88\x80\x80",  // Five bytes.
      "\xff",
  };
  for (const std::string_view text : texts) {
    const Utf8Character character = first_utf8_character(text);
    EXPECT_FALSE(character.valid);
    EXPECT_EQ(character.size, 1U);
    EXPECT_EQ(character.value, static_cast<unsigned char>(text[0]));
  }
}

}  // namespace
}  // namespace vc
