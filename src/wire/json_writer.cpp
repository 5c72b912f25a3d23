#include "wire/json_writer.hpp"

#include "core/utf8.hpp"

#include <array>
#include <charconv>

namespace vc::wire {
namespace {

// For bytes that are no UTF-8, which JSON cannot hold: U+FFFD.
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

bool is_plain(char character) {
  const auto c = static_cast<unsigned char>(character);
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

// Where the plain characters from `start` on end. URLs and metadata are nothing else, and a reply
// is mostly those: blocks of a size that compilers turn into vector instructions.
std::size_t end_of_plain(std::string_view text, std::size_t start) {
  constexpr std::size_t kBlock = 32;
  for (; text.size() - start >= kBlock; start += kBlock) {
    bool all_plain = true;
    for (std::size_t i = 0; i < kBlock; ++i) {
      all_plain &= is_plain(text[start + i]);
    }
    if (!all_plain) {
      break;
    }
  }
  while (start < text.size() && is_plain(text[start])) {
    ++start;
  }
  return start;
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
  for (std::size_t i = end_of_plain(value, 0); i < value.size(); i = end_of_plain(value, i)) {
    const auto c = static_cast<unsigned char>(value[i]);
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
