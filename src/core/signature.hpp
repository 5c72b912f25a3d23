// SigningKey, VerifyKey: Ed25519 (RFC 8032) as the gateway's seal uses it.
#pragma once

#include "core/bytes.hpp"
#include "core/random.hpp"
#include "core/result.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace vc {

// A public key. Copies share one OpenSSL object; safe for concurrent use.
class VerifyKey {
 public:
  static constexpr std::size_t kSize = 32;

  static Result<VerifyKey> parse(ByteView raw);

  bool verify(std::string_view message, ByteView signature) const;
  std::array<std::byte, kSize> raw() const;
  // First 16 hex digits of SHA-256 of the raw key: names the key in a seal and in capabilities.
  std::string id() const;

 private:
  struct State;

  explicit VerifyKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  friend class SigningKey;
  std::shared_ptr<const State> state_;
};

// A private key. Copies share one OpenSSL object; safe for concurrent use.
class SigningKey {
 public:
  static constexpr std::size_t kSeedSize = 32;
  static constexpr std::size_t kSignatureSize = 64;

  // A new key: from_seed(random_bytes(kSeedSize)).
  static Result<SigningKey> from_seed(ByteView seed);

  std::array<std::byte, kSignatureSize> sign(std::string_view message) const;
  VerifyKey verify_key() const;

 private:
  struct State;

  explicit SigningKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

}  // namespace vc
