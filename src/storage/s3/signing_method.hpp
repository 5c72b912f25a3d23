// SigningMethod: how a string to sign becomes a signature, and under which names.
//
// AWS and Google sign alike and call everything differently; the names are a SignatureScheme.
#pragma once

#include "core/hmac.hpp"
#include "storage/s3/credentials.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace vc::storage {

struct SignatureScheme {
  std::string_view name;              // In front of the secret, and of the algorithm.
  std::string_view parameter_prefix;  // Of the query parameters.
  std::string_view service;
  std::string_view terminator;  // Of the scope of a key.
};

inline constexpr SignatureScheme kAws4{
    .name = "AWS4", .parameter_prefix = "X-Amz-", .service = "s3", .terminator = "aws4_request"};
inline constexpr SignatureScheme kGoog4{.name = "GOOG4",
                                        .parameter_prefix = "X-Goog-",
                                        .service = "storage",
                                        .terminator = "goog4_request"};

// What a key is good for. Views into what the caller holds.
struct SigningScope {
  const SignatureScheme& scheme;
  std::string_view day;  // "20130524"
  std::string_view region;
};

// Safe for concurrent use.
class SigningMethod {
 public:
  virtual ~SigningMethod() = default;
  // What follows the scheme's name in the algorithm's: "HMAC-SHA256".
  virtual std::string_view name() const = 0;

  // Whether a signature costs so much computing that an event loop should leave it to a worker.
  virtual bool is_slow() const { return false; }

  // In lower-case hex.
  virtual std::string sign(const Credentials& credentials, const SigningScope& scope,
                           std::string_view string_to_sign) const = 0;
};

// HMAC under a key that is derived once per secret, day and region: a signature costs one MAC
// instead of five.
class HmacSigning final : public SigningMethod {
 public:
  std::string_view name() const override { return "HMAC-SHA256"; }

  std::string sign(const Credentials& credentials, const SigningScope& scope,
                   std::string_view string_to_sign) const override;

 private:
  struct DayKey {
    std::string secret;
    std::string scope;
    HmacKey key;
  };

  std::shared_ptr<const DayKey> day_key(const Credentials& credentials,
                                        const SigningScope& scope) const;

  // The last one used: a gateway has one secret and one region, and a new day once a day.
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const DayKey> last_;
};

// "20130524/us-east-1/s3/aws4_request"
std::string scope_text(const SigningScope& scope);

}  // namespace vc::storage
