// Utf8Character: reading text one code point at a time, when some of it may not be UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vc {

struct Utf8Character {
  char32_t value = 0;    // The code point; of an invalid byte, the byte.
  std::size_t size = 1;  // In bytes.
  bool valid = true;
};

// The first character of `text`, which must not be empty. A byte that begins no well-formed
// sequence (RFC 3629: shortest form, no surrogates, at most U+10FFFF) is one invalid character.
Utf8Character first_utf8_character(std::string_view text);

void append_utf8(std::string& text, char32_t code_point);

}  // namespace vc
