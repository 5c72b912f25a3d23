#include "storage/s3/s3_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::storage {

namespace {

// How long after signing a request of our own may begin. Long enough for clocks that differ.
constexpr std::chrono::minutes kOwnRequestLife{5};

constexpr std::size_t kErrorCodeBytesMax = 64;

Errc errc_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return Errc::denied;
    case 404:
      return Errc::not_found;
    case 409:
    case 412:
      return Errc::conflict;
    case 413:
      return Errc::too_large;
    case 507:
      return Errc::no_space;
    default:
      return status >= 500 ? Errc::unavailable : Errc::invalid;
  }
}

std::string hint_of(const StoreDialect::Hints& hints, const S3Request& request,
                    const net::ClientResponse& response, std::string_view code) {
  if (code == "NoSuchBucket") {
    return std::string(hints.no_bucket);
  }
  if (code == "SignatureDoesNotMatch") {
    return std::string(hints.wrong_signature);
  }
  if (code == "InvalidAccessKeyId") {
    return std::string(hints.unknown_key);
  }
  if (code == "RequestTimeTooSkewed") {
    return "set the clock of this machine";
  }
  if (const auto region = response.headers.find("x-amz-bucket-region");
      region && (response.status == 301 || response.status == 307 || response.status == 400)) {
    return fmt::format("the bucket says that it is in region {}: set VC_S3_REGION", *region);
  }
  if (response.status == 403 && request.method == "HEAD") {
    // The answer to HEAD has no body that could say more.
    return fmt::format(
        "check the credentials; without {} on the bucket stores answer 403 instead of 404 for what "
        "is not there",
        hints.list_permission);
  }
  return response.status == 403 ? "check the credentials and what they may do" : "";
}

}  // namespace

Result<net::ClientResponse> S3Client::send(const S3Request& request, S3Exchange exchange,
                                           const net::HttpClient::Receiver& receiver) const {
  VC_TRY(SignedUrl target, signer_.sign(endpoint_, request, kOwnRequestLife));
  net::ClientRequest out;
  out.method = request.method;
  out.url = std::move(target.url);
  out.headers = request.headers;
  out.body = std::move(exchange.body);
  out.body_fd = exchange.body_fd;
  out.body_fd_bytes = exchange.body_fd_bytes;
  out.timeout = exchange.timeout;
  return http_.send(out, receiver, std::move(exchange.stop));
}

std::string_view s3_error_code(const net::ClientResponse& response) {
  constexpr std::string_view kOpen = "<Code>";
  const std::string_view body = response.body;
  const std::size_t open = body.find(kOpen);
  if (open == std::string_view::npos) {
    return "";
  }
  const std::string_view rest = body.substr(open + kOpen.size());
  const std::string_view code = rest.substr(0, rest.find('<'));
  const bool plausible =
      code.size() <= kErrorCodeBytesMax && std::ranges::all_of(code, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
  return plausible ? code : "";
}

Error S3Client::error_of(const S3Request& request, const net::ClientResponse& response) const {
  const std::string_view code = s3_error_code(response);
  const std::string what = request.object.empty() ? "the bucket" : request.object;
  const bool mangled = code == "BadDigest" || code.ends_with("Mismatch");
  const bool corrupt = response.status == 400 && mangled;
  return {.code = corrupt ? Errc::corrupt : errc_of(response.status),
          .message = fmt::format("{} {}: the store answered {}{}{}", request.method, what,
                                 response.status, code.empty() ? "" : " ", code),
          .hint = hint_of(dialect_.hints, request, response, code)};
}

}  // namespace vc::storage
