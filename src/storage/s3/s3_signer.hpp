// S3Signer: presigned URLs for one bucket: what Presigner needs, kept together.
#pragma once

#include "core/clock.hpp"
#include "net/http.hpp"
#include "storage/s3/credentials.hpp"
#include "storage/s3/endpoint.hpp"
#include "storage/s3/presigner.hpp"

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace vc::storage {

// One request of a store, wherever that is.
struct S3Request {
  std::string method;
  std::string object;  // Its name, prefix included; "" is the bucket.
  std::vector<SignableRequest::Parameter> query;
  net::Headers headers;  // All of them are signed.
};

// A secret: whoever has it can make the request.
struct SignedUrl {
  std::string url;
  std::chrono::seconds life{0};  // From now on.
};

// Safe for concurrent use.
class S3Signer {
 public:
  // `clock` must outlive the signer.
  S3Signer(Presigner presigner, std::unique_ptr<const CredentialsSource> credentials,
           const Clock& clock)
      : presigner_(std::move(presigner)), credentials_(std::move(credentials)), clock_(clock) {}

  // The life of a URL is cut short where the credentials end. Errc::unavailable without usable
  // credentials.
  Result<SignedUrl> sign(const S3Endpoint& endpoint, const S3Request& request,
                         std::chrono::seconds life) const;

  // Blocks until there was a first attempt to get credentials, or until `stop`.
  void wait_for_credentials(const std::stop_token& stop) const {
    credentials_->wait_for_first(stop);
  }

 private:
  Presigner presigner_;
  std::unique_ptr<const CredentialsSource> credentials_;
  const Clock& clock_;
};

}  // namespace vc::storage
