// Bytes: views of raw memory, and the text forms they travel in (hex, base64url, base64).
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc {

using ByteView = std::span<const std::byte>;
using Bytes = std::vector<std::byte>;

inline ByteView as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower case.
std::string hex_encode(ByteView bytes);
// Accepts lower case only and an even length; anything else is Errc::invalid.
Result<Bytes> hex_decode(std::string_view text);

// RFC 4648 section 5, without padding.
std::string base64url_encode(ByteView bytes);
// Rejects padding, characters outside the alphabet and non-canonical trailing bits.
Result<Bytes> base64url_decode(std::string_view text);

// RFC 4648 section 4: with padding, which base64_decode() demands. Otherwise as strict as above.
std::string base64_encode(ByteView bytes);
Result<Bytes> base64_decode(std::string_view text);

// Compares without an early exit, so that timing says nothing about where two secrets differ.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace vc
