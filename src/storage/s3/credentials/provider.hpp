// CredentialsProvider: the seam to a place that hands out credentials: a file, a token service, the
// machine's own metadata. RefreshingCredentials makes a CredentialsSource of it.
#pragma once

#include "core/result.hpp"
#include "storage/s3/credentials.hpp"

#include <chrono>
#include <stop_token>
#include <string_view>

namespace vc::storage {

// For one thread at a time.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // For logs and errors, in the words of the documentation: "web identity".
  virtual std::string_view name() const = 0;

  // Blocks, for seconds at most; Errc::canceled once `stop` asks for it. No part of an Error is
  // secret, and its hint says what to change.
  virtual Result<Credentials> fetch(std::stop_token stop) = 0;

  // When to fetch again what has no expiry.
  virtual std::chrono::milliseconds recheck_interval() const { return std::chrono::minutes(5); }
};

}  // namespace vc::storage
