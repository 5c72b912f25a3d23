// RsaKey: signatures under an RSA private key: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <memory>
#include <string_view>

namespace vc {

// Safe for concurrent use. Copies share one key.
class RsaKey {
 public:
  static constexpr int kBitsMin = 2048;

  // PKCS#8 or PKCS#1 in PEM (RFC 7468), not encrypted. Errc::invalid for anything else, and for a
  // key that is shorter than kBitsMin; no error repeats any of the text.
  static Result<RsaKey> parse(std::string_view pem);

  // As long as the key. The same message has one signature. Costs about a millisecond of computing.
  Bytes sign(std::string_view message) const;

 private:
  struct State;

  explicit RsaKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

  std::shared_ptr<const State> state_;
};

}  // namespace vc
