// Credentials: what a store knows us by, and the seam to wherever they come from.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

namespace vc::storage {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;            // Temporary ones have one.
  std::optional<TimePoint> expires_at;  // What they signed is void from then on.
};

// How long before their expiry credentials are no longer used: stores refuse what was signed by
// ones that end at that very moment on their own clock.
inline constexpr std::chrono::seconds kCredentialsMargin{30};

// Safe for concurrent use. current() never blocks: it is asked for every ticket, and whoever has to
// fetch credentials does so in the background, before the old ones expire.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;
  // Errc::unavailable where there are none, or none that are still good, and why.
  virtual Result<std::shared_ptr<const Credentials>> current() const = 0;

  // Blocks until the first attempt to get some has ended, however it did, or until `stop`.
  virtual void wait_for_first(const std::stop_token&) const {}
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
