// BinaryEncoder and BinaryDecoder: little-endian numbers and length-prefixed text, for the files
// below `.velocity` that are read on every run.
#pragma once

#include "core/bytes.hpp"
#include "core/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace vc::agent {

class BinaryEncoder {
 public:
  template <class Number>
  void number(Number value) {
    auto left = static_cast<std::make_unsigned_t<Number>>(value);
    for (std::size_t i = 0; i < sizeof value; ++i) {
      out.push_back(static_cast<char>(left & 0xFF));
      left = static_cast<decltype(left)>(left >> 7 >> 1);
    }
  }

  // `Length`: of the prefix. The text must not be longer than it can say.
  template <class Length = std::uint64_t>
  void text(std::string_view value) {
    number(static_cast<Length>(value.size()));
    out += value;
  }

  void digest(const Digest& value) { out += as_text(value.bytes()); }

  std::string out;
};

// Every read past the end makes it fail for good.
class BinaryDecoder {
 public:
  explicit BinaryDecoder(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }

  std::size_t left() const { return rest_.size(); }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  template <class Number>
  Number number() {
    std::make_unsigned_t<Number> value = 0;
    const std::string_view bytes = take(sizeof value);
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = static_cast<decltype(value)>((value << 7 << 1) | static_cast<std::uint8_t>(bytes[i]));
    }
    return static_cast<Number>(value);
  }

  // Points into what is decoded.
  template <class Length = std::uint64_t>
  std::string_view text() {
    return take(number<Length>());
  }

  Digest digest() {
    std::array<std::byte, Digest::kSize> bytes{};
    std::ranges::copy(as_bytes(take(bytes.size())), bytes.begin());
    return Digest(bytes);
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace vc::agent
