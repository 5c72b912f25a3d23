// Credentials: what a store knows us by, and the seam to wherever they come from.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <memory>
#include <optional>
#include <string>

namespace vc::storage {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;            // Temporary ones have one.
  std::optional<TimePoint> expires_at;  // What they signed is void from then on.
};

// Safe for concurrent use. Never blocks: it is asked for every ticket, and whoever has to fetch
// credentials does so in the background, before the old ones expire.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  virtual Result<std::shared_ptr<const Credentials>> current() const = 0;
};

// Credentials that were configured and stay what they are.
class StaticCredentials final : public CredentialsSource {
 public:
  explicit StaticCredentials(Credentials credentials)
      : credentials_(std::make_shared<const Credentials>(std::move(credentials))) {}

  Result<std::shared_ptr<const Credentials>> current() const override { return credentials_; }

 private:
  std::shared_ptr<const Credentials> credentials_;
};

}  // namespace vc::storage
