// HttpClient: outbound HTTP. Every request either program makes goes through here.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "net/http.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace vc::net {

// Whether http_proxy and its kin count; on link-local hosts they must not.
enum class Proxy { from_environment, none };

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;  // Either this
  int body_fd = -1;  // or `body_fd_bytes` of a file, read with pread from `body_fd_offset`.
  std::uint64_t body_fd_offset = 0;
  std::uint64_t body_fd_bytes = 0;
  Proxy proxy = Proxy::from_environment;

  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds timeout{30'000};        // For the whole exchange; 0: none.
  std::chrono::milliseconds stall_timeout{10'000};  // No byte moved for this long.
  std::uint64_t response_bytes_max = 8ULL
                                     << 20;  // Of a buffered response; past it Errc::too_large.
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;  // Empty when a receiver took it.
};

class HttpClient {
 public:
  // Gets the body of a 2xx answer as it arrives; an error ends the transfer and is returned by
  // send().
  using Receiver = std::function<Result<void>(ByteView)>;

  virtual ~HttpClient() = default;
  // Blocks. Any status is success here; an Error means that there was no complete answer:
  // Errc::unavailable (name, connection, TLS), timeout, corrupt (cut off before Content-Length),
  // canceled. Redirects are not followed. Safe for concurrent use; connections are kept alive and
  // reused.
  virtual Result<ClientResponse> send(const ClientRequest& request, const Receiver& receiver = {},
                                      std::stop_token stop = {}) = 0;
};

struct ClientOptions {
  std::string user_agent = "velocitycache/" VC_VERSION;
  std::size_t idle_connections_max = 32;
  std::string
      ca_file;  // Certificates to trust; empty: CURL_CA_BUNDLE, SSL_CERT_FILE, the system's.
};

// Over libcurl; honours http_proxy/https_proxy/no_proxy and SSL_CERT_FILE as curl does.
std::unique_ptr<HttpClient> make_http_client(ClientOptions options = {});

}  // namespace vc::net
