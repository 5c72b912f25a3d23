#include "net/http_client.hpp"

#include "net/curl_transfer.hpp"

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <vector>

namespace vc::net {

namespace {

// The variables that OpenSSL and the curl program know, and libcurl does not read itself.
TransferEnvironment environment_of(ClientOptions& options) {
  const auto variable = [](const char* name) {
    const char* const value = ::secure_getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  std::string ca_file = std::move(options.ca_file);
  for (const char* const name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    ca_file = ca_file.empty() ? variable(name) : std::move(ca_file);
  }
  return {.user_agent = std::move(options.user_agent),
          .ca_file = std::move(ca_file),
          .ca_directory = variable("SSL_CERT_DIR")};
}

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(ClientOptions options)
      : environment_(environment_of(options)), idle_max_(options.idle_connections_max) {}

  Result<ClientResponse> send(const ClientRequest& request, const Receiver& receiver,
                              std::stop_token stop) override {
    VC_CHECK(load_libcurl());
    if (stop.stop_requested()) {
      return fail(Errc::canceled, request.method + ": canceled");
    }
    VC_TRY(ShownUrl url, ShownUrl::parse(request.url));
    VC_TRY(CurlHandle handle, take(url.origin));
    auto response = CurlTransfer(request, url, receiver).run(handle, environment_, stop);
    handle.origin = std::move(url.origin);
    give_back(std::move(handle));
    return response;
  }

 private:
  // The handle that spoke to that origin last, and so has a connection to it; else a new one. When
  // there are enough, the one that has been idle longest changes over.
  Result<CurlHandle> take(std::string_view origin) {
    const std::lock_guard lock(mutex_);
    auto found = std::find_if(idle_.rbegin(), idle_.rend(),
                              [&](const CurlHandle& handle) { return handle.origin == origin; });
    if (found == idle_.rend() && (idle_.empty() || idle_.size() < idle_max_)) {
      return CurlHandle::create();
    }
    const auto chosen = found == idle_.rend() ? idle_.begin() : std::prev(found.base());
    CurlHandle handle = std::move(*chosen);
    idle_.erase(chosen);
    return handle;
  }

  void give_back(CurlHandle handle) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_max_) {
      idle_.push_back(std::move(handle));
    }
  }

  const TransferEnvironment environment_;
  const std::size_t idle_max_;
  std::mutex mutex_;
  std::vector<CurlHandle> idle_;  // Most recently used last.
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace vc::net
