// S3Client: the gateway's own requests of a bucket: HEAD for negotiations, the start-up probe, and
// whole objects for clients that cannot follow a redirect.
#pragma once

#include "net/http_client.hpp"
#include "storage/s3/s3_signer.hpp"
#include "storage/s3/store_dialect.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

namespace vc::storage {

// What a request carries and how long it may take.
struct S3Exchange {
  std::string body;
  int body_fd = -1;  // Instead of `body`, from offset 0.
  std::uint64_t body_fd_bytes = 0;
  std::chrono::milliseconds timeout{30'000};  // 0: as long as bytes move.
  std::stop_token stop;
};

// Safe for concurrent use.
class S3Client {
 public:
  // All must outlive the client.
  S3Client(net::HttpClient& http, const S3Signer& signer, const S3Endpoint& endpoint,
           const StoreDialect& dialect)
      : http_(http), signer_(signer), endpoint_(endpoint), dialect_(dialect) {}

  const StoreDialect& dialect() const { return dialect_; }

  // Any status is success here, as with HttpClient.
  Result<net::ClientResponse> send(const S3Request& request, S3Exchange exchange = {},
                                   const net::HttpClient::Receiver& receiver = {}) const;

  // What a status means that was not hoped for. Names the object, the status and the store's code,
  // and the remedy where one is known; never a URL.
  Error error_of(const S3Request& request, const net::ClientResponse& response) const;

 private:
  net::HttpClient& http_;
  const S3Signer& signer_;
  const S3Endpoint& endpoint_;
  const StoreDialect& dialect_;
};

// The error code that a store's XML body names ("NoSuchBucket"); "" without one.
std::string_view s3_error_code(const net::ClientResponse& response);

}  // namespace vc::storage
