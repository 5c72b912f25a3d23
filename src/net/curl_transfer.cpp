#include "net/curl_transfer.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace vc::net {

namespace {

using namespace std::chrono_literals;

// The text of an error whose success would have gone to a receiver; past it the rest is not read.
constexpr std::size_t kErrorBodyBytesMax = 64 << 10;
constexpr std::size_t kResponseHeadBytesMax = 256 << 10;
constexpr long kReceiveBufferBytes = 256 << 10;
constexpr long kSendBufferBytes = 256 << 10;
constexpr auto kPollMax = 1'000ms;

// libcurl takes what the option says; a wrong type is caught by its own compile-time check.
template <class Value>
void set(CURL* easy, CURLoption option, Value value) {
  curl().easy_setopt(easy, option, value);
}

Result<std::string> url_part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url, part, &text, flags) != CURLUE_OK) {
    return fail(Errc::invalid, "malformed URL");
  }
  std::string copy(text);
  curl().free(text);
  return copy;
}

bool is_success(int status) {
  return status >= 200 && status < 300;
}

bool is_connected(CURL* easy) {
  curl_off_t before_request_us = 0;
  curl().easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &before_request_us);
  return before_request_us > 0;
}

}  // namespace

Result<CurlHandle> CurlHandle::create() {
  CurlHandle handle;
  handle.multi.reset(curl().multi_init());
  handle.easy.reset(curl().easy_init());
  if (!handle.multi || !handle.easy) {
    return fail(Errc::io, "cannot create a libcurl handle");
  }
  curl().multi_setopt(handle.multi.get(), CURLMOPT_MAXCONNECTS, 1L);  // So that handles count them.
  return handle;
}

Result<ShownUrl> ShownUrl::parse(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl().url(),
                                                                   curl().url_cleanup);
  if (curl().url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return fail(Errc::invalid, "malformed URL", "it must start with http:// or https://");
  }
  VC_TRY(const std::string scheme, url_part(parsed.get(), CURLUPART_SCHEME));
  VC_TRY(const std::string host, url_part(parsed.get(), CURLUPART_HOST));
  if (scheme != "http" && scheme != "https") {
    return fail(Errc::invalid, fmt::format("cannot speak {}:// (to {})", scheme, host),
                "use http:// or https://");
  }
  VC_TRY(const std::string port, url_part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT));
  VC_TRY(std::string path, url_part(parsed.get(), CURLUPART_PATH));
  return ShownUrl{.origin = fmt::format("{}://{}:{}", scheme, host, port),
                  .host = fmt::format("{}:{}", host, port),
                  .path = std::move(path)};
}

CurlTransfer::CurlTransfer(const ClientRequest& request, const ShownUrl& url,
                           const HttpClient::Receiver& receiver)
    : request_(request), url_(url), receiver_(receiver), error_text_(CURL_ERROR_SIZE, '\0') {}

Result<ClientResponse> CurlTransfer::run(CurlHandle& handle, const TransferEnvironment& environment,
                                         const std::stop_token& stop) {
  CURL* const easy = handle.easy.get();
  VC_CHECK(configure(easy, environment));
  VC_TRY(const CURLcode code, drive(handle, stop));
  if (failure_) {
    return std::unexpected(std::move(*failure_));
  }
  if (code != CURLE_OK && !truncated_) {
    return std::unexpected(error_of(code, easy));
  }
  return std::move(response_);
}

Result<void> CurlTransfer::configure(CURL* easy, const TransferEnvironment& environment) {
  curl().easy_reset(easy);  // Keeps connections, the DNS cache and TLS sessions.
  set(easy, CURLOPT_URL, request_.url.c_str());
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // Those of a proxy are not the answer.
  set(easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(url_.origin.starts_with("https") ? CURL_HTTP_VERSION_2TLS
                                                         : CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, kSendBufferBytes);
  set(easy, CURLOPT_HEADERFUNCTION, &CurlTransfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &CurlTransfer::on_body);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  if (request_.proxy == Proxy::none) {
    set(easy, CURLOPT_PROXY, "");  // Libcurl's notation for none, whatever the environment says.
  }
  if (!environment.ca_file.empty()) {
    set(easy, CURLOPT_CAINFO, environment.ca_file.c_str());
  }
  if (!environment.ca_directory.empty()) {
    set(easy, CURLOPT_CAPATH, environment.ca_directory.c_str());
  }
  configure_method(easy);
  return configure_headers(easy, environment);
}

bool CurlTransfer::has_body() const {
  return request_.body_fd >= 0 || !request_.body.empty() || request_.method == "PUT" ||
         request_.method == "POST" || request_.method == "PATCH";
}

void CurlTransfer::configure_method(CURL* easy) {
  if (request_.method == "HEAD") {
    set(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body()) {
    // An upload whatever the method: unlike libcurl's POST it invents no Content-Type.
    const std::uint64_t size =
        request_.body_fd >= 0 ? request_.body_fd_bytes : request_.body.size();
    set(easy, CURLOPT_UPLOAD, 1L);
    set(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(size));
    set(easy, CURLOPT_READFUNCTION, &CurlTransfer::on_upload);
    set(easy, CURLOPT_READDATA, static_cast<void*>(this));
    // For a kept connection that turns out to be dead: libcurl sends again on a new one.
    set(easy, CURLOPT_SEEKFUNCTION, &CurlTransfer::on_seek);
    set(easy, CURLOPT_SEEKDATA, static_cast<void*>(this));
  }
  set(easy, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void CurlTransfer::append_header(const std::string& line) {
  headers_.reset(curl().slist_append(headers_.release(), line.c_str()));
}

Result<void> CurlTransfer::configure_headers(CURL* easy, const TransferEnvironment& environment) {
  for (const auto& [name, value] : request_.headers) {
    if (!is_field_name(name) || !is_field_value(value)) {
      return fail(Errc::invalid, doing() + ": malformed request header");
    }
    if (equal_ignoring_case(name, "Content-Length")) {
      continue;  // The body decides.
    }
    // libcurl's notation for a header that is there and empty.
    append_header(value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  // A bare name keeps libcurl from adding its own. Waiting for 100 Continue costs a second against
  // servers that do not know it.
  for (const char* const own : {"Accept", "Expect"}) {
    if (!request_.headers.find(own)) {
      append_header(std::string(own) + ":");
    }
  }
  if (!request_.headers.find("User-Agent")) {
    set(easy, CURLOPT_USERAGENT, environment.user_agent.c_str());
  }
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
  return {};
}

Result<CURLcode> CurlTransfer::drive(CurlHandle& handle, const std::stop_token& stop) {
  CURLM* const multi = handle.multi.get();
  CURL* const easy = handle.easy.get();
  if (curl().multi_add_handle(multi, easy) != CURLM_OK) {
    return fail(Errc::io, doing() + ": libcurl refused the transfer");
  }
  // Ends the transfer if it has not ended; its connection is then closed, not kept.
  const auto remove = [&](CURL* added) { curl().multi_remove_handle(multi, added); };
  const std::unique_ptr<CURL, decltype(remove)> added(easy, remove);
  const std::stop_callback on_stop(stop, [multi] { curl().multi_wakeup(multi); });

  auto last_move = std::chrono::steady_clock::now();
  std::uint64_t moved_before = 0;
  for (;;) {
    int running = 0;
    if (curl().multi_perform(multi, &running) != CURLM_OK) {
      return fail(Errc::io, doing() + ": libcurl failed");
    }
    int queued = 0;
    if (const CURLMsg* message = curl().multi_info_read(multi, &queued)) {
      return message->data.result;
    }
    if (stop.stop_requested()) {
      return fail(Errc::canceled, doing() + ": canceled");
    }
    const auto now = std::chrono::steady_clock::now();
    if (std::exchange(moved_before, moved_) != moved_) {
      last_move = now;
    }
    const auto stalled = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_move);
    if (request_.stall_timeout > 0ms && stalled >= request_.stall_timeout) {
      return fail(Errc::timeout, fmt::format("{}: no byte moved for {} ms", doing(),
                                             request_.stall_timeout.count()));
    }
    const auto wait = request_.stall_timeout > 0ms
                          ? std::min(kPollMax, request_.stall_timeout - stalled)
                          : kPollMax;
    curl().multi_poll(multi, nullptr, 0, static_cast<int>(wait.count()), nullptr);
  }
}

std::string CurlTransfer::doing() const {
  return fmt::format("{} {}{}", request_.method, url_.origin, url_.path);
}

Error CurlTransfer::timeout_error(bool connected) const {
  if (connected) {
    return {
        .code = Errc::timeout,
        .message = fmt::format("{}: no answer within {} ms", doing(), request_.timeout.count())};
  }
  const auto limit = request_.timeout > 0ms ? std::min(request_.timeout, request_.connect_timeout)
                                            : request_.connect_timeout;
  return {
      .code = Errc::timeout,
      .message = fmt::format("connect to {}: no answer within {} ms", url_.host, limit.count())};
}

Error CurlTransfer::error_of(CURLcode code, CURL* easy) const {
  // libcurl's own words name hosts and certificates, and for these codes never the URL.
  const std::string details =
      *error_text_.c_str() != '\0' ? error_text_.c_str() : curl().easy_strerror(code);
  long os_error = 0;
  curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {.code = Errc::unavailable,
              .message = fmt::format("connect to {}: {}", url_.host, details)};
    case CURLE_COULDNT_CONNECT:
      return {.code = Errc::unavailable,
              .message =
                  fmt::format("connect to {}: {}", url_.host,
                              os_error != 0 ? std::strerror(static_cast<int>(os_error)) : details)};
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_error(is_connected(easy));
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2_STREAM:
      // Cut off after the head came: what we have looks like an answer and is not one.
      if (response_.status > 0) {
        return {.code = Errc::corrupt,
                .message = fmt::format("{}: answer cut off: {}", doing(), details)};
      }
      break;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return {.code = Errc::unavailable,
              .message = fmt::format("{}: {}", doing(), details),
              .hint = "name the certificate authority to trust in SSL_CERT_FILE"};
    case CURLE_URL_MALFORMAT:
      return {.code = Errc::invalid, .message = "malformed URL: " + url_.origin};
    default:
      break;
  }
  return {.code = Errc::unavailable, .message = fmt::format("{}: {}", doing(), details)};
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.moved_ += bytes;
  transfer.head_bytes_ += bytes;
  if (transfer.head_bytes_ > kResponseHeadBytesMax) {
    transfer.failure_ =
        Error{.code = Errc::too_large, .message = transfer.doing() + ": response head too large"};
    return 0;
  }
  transfer.take_header({data, bytes});
  return bytes;
}

void CurlTransfer::take_header(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r') || line.ends_with(' ')) {
    line.remove_suffix(1);
  }
  if (line.starts_with("HTTP/")) {  // Again after an interim response (100 Continue).
    response_.headers = {};
    response_.status = 0;
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      std::from_chars(line.data() + space + 1, line.data() + line.size(), response_.status);
    }
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return;
  }
  const std::size_t value = line.find_first_not_of(" \t", colon + 1);
  response_.headers.add(std::string(line.substr(0, colon)),
                        std::string(value == std::string_view::npos ? "" : line.substr(value)));
}

std::size_t CurlTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const std::size_t bytes = size * count;
  transfer.moved_ += bytes;
  return transfer.take_body(as_bytes({data, bytes})) ? bytes : CURL_WRITEFUNC_ERROR;
}

bool CurlTransfer::take_body(ByteView piece) {
  if (receiver_ && is_success(response_.status)) {
    if (auto taken = receiver_(piece); !taken) {
      failure_ = std::move(taken).error();
      return false;
    }
    return true;
  }
  std::string& body = response_.body;
  if (receiver_) {
    const std::size_t room = kErrorBodyBytesMax - body.size();
    truncated_ = piece.size() > room;
    body.append(as_text(piece.first(std::min(room, piece.size()))));
    return !truncated_;
  }
  if (piece.size() > request_.response_bytes_max - body.size()) {
    failure_ = Error{.code = Errc::too_large,
                     .message = fmt::format("{}: answer larger than {} bytes", doing(),
                                            request_.response_bytes_max)};
    return false;
  }
  body.append(as_text(piece));
  return true;
}

std::size_t CurlTransfer::on_upload(char* into, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<CurlTransfer*>(self);
  const ClientRequest& request = transfer.request_;
  const std::size_t room = size * count;
  std::size_t bytes = 0;
  if (request.body_fd < 0) {
    const std::string_view rest =
        std::string_view(request.body).substr(static_cast<std::size_t>(transfer.upload_offset_));
    bytes = rest.copy(into, room);
  } else {
    const std::uint64_t left = request.body_fd_bytes - transfer.upload_offset_;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(room, left));
    const ssize_t got =
        ::pread(request.body_fd, into, wanted,
                static_cast<off_t>(request.body_fd_offset + transfer.upload_offset_));
    if (got < 0 || (got == 0 && left > 0)) {
      transfer.failure_ =
          got < 0 ? errno_error(transfer.doing() + ": read the file to send")
                  : Error{.code = Errc::io,
                          .message = transfer.doing() + ": the file to send ended early"};
      return CURL_READFUNC_ABORT;
    }
    bytes = static_cast<std::size_t>(got);
  }
  transfer.upload_offset_ += bytes;
  transfer.moved_ += bytes;
  return bytes;
}

int CurlTransfer::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET || offset < 0) {
    return CURL_SEEKFUNC_FAIL;
  }
  static_cast<CurlTransfer*>(self)->upload_offset_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

}  // namespace vc::net
