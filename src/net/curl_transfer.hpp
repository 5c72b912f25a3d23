// CurlTransfer: one request and its answer over one libcurl handle.
//
// The handle is driven through libcurl's multi interface rather than curl_easy_perform: only there
// can another thread end a wait (curl_multi_wakeup), so that a cancelled transfer ends at once.
#pragma once

#include "net/curl_library.hpp"
#include "net/http_client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace vc::net {

// A handle with the connections it keeps alive.
struct CurlHandle {
  struct MultiCleanup {
    void operator()(CURLM* handle) const { curl().multi_cleanup(handle); }
  };

  struct EasyCleanup {
    void operator()(CURL* handle) const { curl().easy_cleanup(handle); }
  };

  static Result<CurlHandle> create();

  // In this order: the easy handle must go before the multi handle that holds its connections.
  std::unique_ptr<CURLM, MultiCleanup> multi;
  std::unique_ptr<CURL, EasyCleanup> easy;
  std::string origin;  // Where it was connected last: "http://host:port".
};

// A URL in the parts that may be shown: never its query, which signs, nor a user or password.
struct ShownUrl {
  std::string origin;  // "https://host:443"
  std::string host;    // "host:443"
  std::string path;

  static Result<ShownUrl> parse(const std::string& url);
};

struct TransferEnvironment {
  std::string user_agent;
  std::string ca_file;       // Empty: libcurl's own.
  std::string ca_directory;  // Likewise.
};

class CurlTransfer {
 public:
  CurlTransfer(const ClientRequest& request, const ShownUrl& url,
               const HttpClient::Receiver& receiver);

  Result<ClientResponse> run(CurlHandle& handle, const TransferEnvironment& environment,
                             const std::stop_token& stop);

 private:
  struct ListDeleter {
    void operator()(curl_slist* list) const { curl().slist_free_all(list); }
  };

  Result<void> configure(CURL* easy, const TransferEnvironment& environment);
  void configure_method(CURL* easy);
  Result<void> configure_headers(CURL* easy, const TransferEnvironment& environment);
  void append_header(const std::string& line);
  Result<CURLcode> drive(CurlHandle& handle, const std::stop_token& stop);
  Error error_of(CURLcode code, CURL* easy) const;
  Error timeout_error(bool connected) const;
  std::string doing() const;
  bool has_body() const;

  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_upload(char* into, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);

  void take_header(std::string_view line);
  bool take_body(ByteView piece);

  const ClientRequest& request_;
  const ShownUrl& url_;
  const HttpClient::Receiver& receiver_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::string error_text_;
  std::uint64_t upload_offset_ = 0;
  std::uint64_t moved_ = 0;  // Bytes in either direction, to notice a stall.
  std::size_t head_bytes_ = 0;
  ClientResponse response_;
  bool truncated_ = false;  // We have as much of an error's text as we want.
  std::optional<Error> failure_;
};

}  // namespace vc::net
