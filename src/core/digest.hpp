// Digest: a SHA-256 value, and the hasher that makes one. The only hash of this project.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <array>
#include <compare>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vc {

class Digest {
 public:
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kHexSize = 64;

  Digest() = default;  // All zero.

  explicit Digest(const std::array<std::byte, kSize>& bytes) : bytes_(bytes) {}

  // Exactly 64 lower-case hex digits.
  static Result<Digest> parse(std::string_view hex);

  std::string hex() const { return hex_encode(bytes_); }

  const std::array<std::byte, kSize>& bytes() const { return bytes_; }

  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<std::byte, kSize> bytes_{};
};

// Streaming SHA-256. Not for use by two threads at once; reusable after finish().
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(ByteView bytes);

  void update(std::string_view text) { update(as_bytes(text)); }

  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// One shot, on a hasher kept per thread.
Digest sha256(ByteView bytes);

inline Digest sha256(std::string_view text) {
  return sha256(as_bytes(text));
}

}  // namespace vc

template <>
struct std::hash<vc::Digest> {
  std::size_t operator()(const vc::Digest& digest) const noexcept {
    std::size_t value = 0;  // A digest is uniform already: its first bytes are the hash.
    for (std::size_t i = 0; i < sizeof value; ++i) {
      value = (value << 8) | std::to_integer<std::size_t>(digest.bytes()[i]);
    }
    return value;
  }
};
