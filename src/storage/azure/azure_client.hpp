// AzureClient: the gateway's own requests of a container: HEAD for negotiations, the start-up
// probe, and whole blobs for clients that cannot follow a redirect.
#pragma once

#include "core/clock.hpp"
#include "net/http_client.hpp"
#include "storage/azure/shared_access.hpp"

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace vc::storage {

struct BlobRequest {
  std::string method;
  std::string blob;
  std::string_view permissions = kMayRead;
  net::Headers headers;
};

// What a request carries and how long it may take.
struct BlobExchange {
  std::string body;
  int body_fd = -1;  // Instead of `body`, from offset 0.
  std::uint64_t body_fd_bytes = 0;
  std::chrono::milliseconds timeout{30'000};  // 0: as long as bytes move.
  std::stop_token stop;
};

// Safe for concurrent use.
class AzureClient {
 public:
  // All must outlive the client.
  AzureClient(net::HttpClient& http, const SharedAccess& access, const ContainerEndpoint& endpoint,
              const Clock& clock)
      : http_(http), access_(access), endpoint_(endpoint), clock_(clock) {}

  // Any status is success here, as with HttpClient.
  Result<net::ClientResponse> send(const BlobRequest& request, BlobExchange exchange = {},
                                   const net::HttpClient::Receiver& receiver = {}) const;

  Result<net::ClientResponse> create_container(std::stop_token stop = {}) const;

 private:
  net::HttpClient& http_;
  const SharedAccess& access_;
  const ContainerEndpoint& endpoint_;
  const Clock& clock_;
};

// The service's code for what went wrong ("ContainerNotFound"); "" without one. HEAD has it too.
std::string_view azure_error_code(const net::ClientResponse& response);

// 404 because the blob is not there: a missing container is no miss.
bool is_blob_missing(const net::ClientResponse& response);

// A blob is there: the first write was another's. By the code, since 403, 409 and 412 mean other
// things as well. Only for a request with the right to create and no more.
bool is_creation_refused(const net::ClientResponse& response);

// What a status means that was not hoped for. Names the blob, the status and the service's code,
// and the remedy where one is known; never a URL.
Error azure_error(const BlobRequest& request, const net::ClientResponse& response);

}  // namespace vc::storage
