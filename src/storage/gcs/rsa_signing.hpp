// RsaSigning: GOOG4-RSA-SHA256: signs with the private key of a Google service account.
#pragma once

#include "core/rsa_key.hpp"
#include "storage/s3/signing_method.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace vc::storage {

// The credentials name the account; the key is its own. A signature costs half a millisecond of
// computing, a thousand times an HMAC's.
class RsaSigning final : public SigningMethod {
 public:
  explicit RsaSigning(RsaKey key) : key_(std::move(key)) {}

  std::string_view name() const override { return "RSA-SHA256"; }

  bool is_slow() const override { return true; }

  std::string sign(const Credentials& /*credentials*/, const SigningScope& /*scope*/,
                   std::string_view string_to_sign) const override {
    return hex_encode(key_.sign(string_to_sign));
  }

 private:
  RsaKey key_;
};

}  // namespace vc::storage
