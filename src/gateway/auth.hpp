// Authenticator: from an Authorization header to a Principal: who asks, what it may read and write.
//
// Scopes are decided here, on the server, from a credential; a client can never choose the scope it
// writes. Static tokens are the first implementation; tokens minted from a CI identity come beside
// it.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"
#include "wire/object_key.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::gateway {

struct Principal {
  std::string subject;               // For logs, limits and seals: "token:default".
  std::vector<wire::Scope> read;     // In search order; empty: may not read.
  std::optional<wire::Scope> write;  // Absent: may not write.
};

using Caller = std::shared_ptr<const Principal>;

class Authenticator {
 public:
  virtual ~Authenticator() = default;
  // `authorization` is the header's value, "" when absent. Errc::unauthenticated otherwise.
  virtual Result<Caller> authenticate(std::string_view authorization) const = 0;
};

// Bearer tokens (RFC 6750), kept as SHA-256 and compared in constant time.
class TokenAuthenticator final : public Authenticator {
 public:
  void add(std::string_view token, Principal principal);
  Result<Caller> authenticate(std::string_view authorization) const override;

 private:
  struct Grant {
    Digest token;
    Caller caller;
  };

  std::vector<Grant> grants_;
};

// Everybody is the same caller, whatever credential comes along (VC_ALLOW_ANONYMOUS).
class AnonymousAuthenticator final : public Authenticator {
 public:
  explicit AnonymousAuthenticator(Principal principal);
  Result<Caller> authenticate(std::string_view authorization) const override;

 private:
  Caller caller_;
};

// Read and write `default`: what VC_AUTH_TOKEN alone grants.
Principal default_principal(std::string subject);

// The token of `Bearer <token>`; the scheme's name compares without regard to case.
std::optional<std::string_view> bearer_token(std::string_view authorization);

}  // namespace vc::gateway
