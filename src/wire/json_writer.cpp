#include "wire/json_writer.hpp"

#include <array>
#include <charconv>

namespace vc::wire {
namespace {

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
  std::size_t copied = 0;  // Runs without escapes are appended in one go.
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    if (needs_escape(c)) {
      out_.append(value, copied, i - copied);
      append_escape(out_, c);
      copied = i + 1;
    }
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
