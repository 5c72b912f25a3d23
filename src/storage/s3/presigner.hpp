// Presigner: URLs that let their holder make one request of an object store.
//
// Signature Version 4 in the query (AWS4, S3 and its likes) and Google's V4 (GOOG4), which is the
// same under other names. What limits the request (a condition, a length, a checksum) is a signed
// *header*: the same hoisted into the query is silently ignored by real stores. The gateway's own
// requests are presigned too, so that there is one way to sign, and the start-up probe meets what
// agents will.
#pragma once

#include "core/clock.hpp"
#include "storage/s3/canonical_request.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/signing_method.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace vc::storage {

// Stores refuse longer-lived URLs.
inline constexpr std::chrono::seconds kPresignedLifeMax = std::chrono::days(7);

// Safe for concurrent use.
class Presigner {
 public:
  // `region` is "auto" for Google.
  Presigner(const SignatureScheme& scheme, std::string region,
            std::shared_ptr<const SigningMethod> method = std::make_shared<HmacSigning>());

  // Path and query of the URL: "/bucket/key?X-Amz-Algorithm=...". A secret: whoever has it can make
  // the request. `life` is from 1 s to kPresignedLifeMax.
  std::string presign(const SignableRequest& request, const Credentials& credentials, TimePoint now,
                      std::chrono::seconds life) const;

  // The signature, in hex, of a canonical request that was made at `now`: the core of it, and all
  // that the form with an Authorization header would need besides.
  std::string signature(std::string_view canonical, const Credentials& credentials,
                        TimePoint now) const;

 private:
  std::string sign(std::string_view canonical, const Credentials& credentials,
                   std::string_view time, const SigningScope& scope) const;
  std::vector<SignableRequest::Parameter> parameters(const Credentials& credentials,
                                                     std::string_view time,
                                                     const SigningScope& scope,
                                                     std::chrono::seconds life) const;

  SignatureScheme scheme_;
  std::string region_;
  std::shared_ptr<const SigningMethod> method_;
  std::string algorithm_;
};

}  // namespace vc::storage
