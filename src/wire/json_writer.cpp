#include "wire/json_writer.hpp"

#include "core/utf8.hpp"

#include <array>
#include <charconv>

namespace vc::wire {
namespace {

// For bytes that are no UTF-8, which JSON cannot hold: U+FFFD.
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool needs_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

void append_escape(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    (out += '\\') += static_cast<char>(c);
  } else if (c == '\n') {
    out += "\\n";
  } else {
    ((out += "\\u00") += kHex[c >> 4]) += kHex[c & 15];
  }
}

}  // namespace

void JsonWriter::text(std::string_view value) {
  separate();
  out_ += '"';
  std::size_t copied = 0;  // Runs that need no change are appended in one go.
  for (std::size_t i = 0; i < value.size();) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (c < 0x80 && !needs_escape(c)) {
      ++i;
      continue;
    }
    const Utf8Character character = first_utf8_character(value.substr(i));
    if (c >= 0x80 && character.valid) {
      i += character.size;
      continue;
    }
    out_.append(value, copied, i - copied);
    if (c < 0x80) {
      append_escape(out_, c);
    } else {
      out_ += kReplacement;
    }
    copied = ++i;
  }
  out_.append(value, copied);
  out_ += '"';
}

void JsonWriter::integer(std::uint64_t value) {
  separate();
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

}  // namespace vc::wire
