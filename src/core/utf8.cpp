#include "core/utf8.hpp"

namespace vc {

Utf8Character first_utf8_character(std::string_view text) {
  const auto byte_at = [&](std::size_t i) {
    return i < text.size() ? char32_t{static_cast<unsigned char>(text[i])} : U'\0';
  };
  const char32_t lead = byte_at(0);
  const Utf8Character invalid{.value = lead, .size = 1, .valid = false};
  if (lead < 0x80) {
    return {.value = lead, .size = 1, .valid = true};
  }
  Utf8Character character;
  char32_t least = 0;  // Below it, a shorter form exists.
  if (lead >= 0xc0 && lead < 0xe0) {
    character = {.value = lead & 0x1f, .size = 2, .valid = true};
    least = 0x80;
  } else if (lead >= 0xe0 && lead < 0xf0) {
    character = {.value = lead & 0x0f, .size = 3, .valid = true};
    least = 0x800;
  } else if (lead >= 0xf0 && lead < 0xf8) {
    character = {.value = lead & 0x07, .size = 4, .valid = true};
    least = 0x10000;
  } else {
    return invalid;
  }
  for (std::size_t i = 1; i < character.size; ++i) {
    if ((byte_at(i) & 0xc0) != 0x80) {
      return invalid;
    }
    character.value = character.value << 6 | (byte_at(i) & 0x3f);
  }
  const bool is_surrogate = character.value >= 0xd800 && character.value < 0xe000;
  if (character.value < least || character.value > 0x10ffff || is_surrogate) {
    return invalid;
  }
  return character;
}

void append_utf8(std::string& text, char32_t code_point) {
  const auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  const auto append_continuation = [&](int shift) { append(0x80 | (code_point >> shift & 0x3f)); };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
    append_continuation(0);
  } else if (code_point < 0x10000) {
    append(0xe0 | code_point >> 12);
    append_continuation(6);
    append_continuation(0);
  } else {
    append(0xf0 | code_point >> 18);
    append_continuation(12);
    append_continuation(6);
    append_continuation(0);
  }
}

}  // namespace vc
