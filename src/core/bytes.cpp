#include "core/bytes.hpp"

#include <array>

namespace vc {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64UrlDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xff;

// Digit character -> its value, kNoDigit for all other characters.
constexpr std::array<std::uint8_t, 256> values_of(std::string_view digits) {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr auto kHexValues = values_of(kHexDigits);
constexpr auto kBase64UrlValues = values_of(kBase64UrlDigits);

std::uint32_t value_in(const std::array<std::uint8_t, 256>& values, char digit) {
  return values[static_cast<unsigned char>(digit)];
}

}  // namespace

std::string hex_encode(ByteView bytes) {
  std::string text(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto value = std::to_integer<unsigned>(bytes[i]);
    text[2 * i] = kHexDigits[value >> 4];
    text[2 * i + 1] = kHexDigits[value & 0xf];
  }
  return text;
}

Result<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) {
    return fail(Errc::invalid, "an odd number of hex digits");
  }
  Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = value_in(kHexValues, text[2 * i]);
    const auto low = value_in(kHexValues, text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) {
      return fail(Errc::invalid, "a character that is no lower-case hex digit");
    }
    bytes[i] = static_cast<std::byte>(high << 4 | low);
  }
  return bytes;
}

std::string base64url_encode(ByteView bytes) {
  std::string text((bytes.size() * 4 + 2) / 3, '\0');
  auto digit = text.begin();
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const auto byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      *digit++ = kBase64UrlDigits[bits >> bit_count & 0x3f];
    }
  }
  if (bit_count > 0) {
    *digit = kBase64UrlDigits[bits << (6 - bit_count) & 0x3f];
  }
  return text;
}

std::string base64_encode(ByteView bytes) {
  std::string text = base64url_encode(bytes);
  for (char& c : text) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<Bytes> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) {
    return fail(Errc::invalid, "a length that base64url cannot have");
  }
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char digit : text) {
    const auto value = value_in(kBase64UrlValues, digit);
    if (value == kNoDigit) {
      return fail(Errc::invalid, "a character outside the base64url alphabet");
    }
    bits = bits << 6 | value;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<std::byte>(bits >> bit_count & 0xff));
    }
  }
  // Bits that no byte uses must be zero, or one value would have several spellings.
  if ((bits & ((1U << bit_count) - 1)) != 0) {
    return fail(Errc::invalid, "base64url with stray trailing bits");
  }
  return bytes;
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) {
    return fail(Errc::invalid, "not base64 with its padding");
  }
  std::string unpadded(text);
  for (int padding = 0; padding < 2 && unpadded.ends_with('='); ++padding) {
    unpadded.pop_back();
  }
  for (char& c : unpadded) {
    c = c == '+' ? '-' : c == '/' ? '_' : c;
  }
  return base64url_decode(unpadded);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  // volatile keeps the compiler from turning the loop into an early exit.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace vc
