#include "storage/s3/credentials/web_identity_provider.hpp"

#include "core/text.hpp"
#include "storage/s3/canonical_request.hpp"
#include "storage/s3/credentials/sts_answer.hpp"
#include "storage/s3/s3_client.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::storage {

namespace {

constexpr std::chrono::milliseconds kStsTimeout{5'000};
constexpr std::size_t kIdentityTokenBytesMax = 20'000;  // What STS takes.

std::string hint_of_sts(std::string_view code) {
  if (code == "ExpiredTokenException") {
    return "the token in AWS_WEB_IDENTITY_TOKEN_FILE has expired: see that it is still renewed";
  }
  if (code == "AccessDenied" || code == "InvalidIdentityToken") {
    return "check AWS_ROLE_ARN, and that the role's trust policy names this identity";
  }
  return "check AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ENDPOINT_URL_STS";
}

Error sts_error(const net::ClientResponse& response) {
  const std::string_view code = s3_error_code(response);
  const bool later = response.status >= 500 || response.status == 429;
  return {
      .code = later ? Errc::unavailable : Errc::denied,
      .message = fmt::format("STS answered {}{}{}", response.status, code.empty() ? "" : " ", code),
      .hint = hint_of_sts(code)};
}

}  // namespace

Result<std::string> sts_endpoint(std::string_view region) {
  const bool plain = !region.empty() && std::ranges::all_of(region, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!plain) {
    return fail(Errc::invalid, fmt::format("'{}' is no region of AWS", region),
                "set AWS_REGION, or AWS_ENDPOINT_URL_STS to another token service");
  }
  return fmt::format("https://sts.{}.amazonaws.com{}", region,
                     region.starts_with("cn-") ? ".cn" : "");
}

Result<std::string> WebIdentityProvider::token() const {
  auto text = read_file(identity_.token_file, kIdentityTokenBytesMax);
  if (!text) {
    return std::unexpected(std::move(text).error().with_hint(
        "AWS_WEB_IDENTITY_TOKEN_FILE names the file with the identity token"));
  }
  std::string token(trimmed(*text));
  if (token.empty()) {
    return fail(Errc::invalid, identity_.token_file.string() + " is empty",
                "AWS_WEB_IDENTITY_TOKEN_FILE names the file with the identity token");
  }
  return token;
}

Result<Credentials> WebIdentityProvider::fetch(std::stop_token stop) {
  VC_TRY(const std::string token, this->token());
  net::ClientRequest request;
  request.method = "POST";
  request.url = identity_.endpoint + (identity_.endpoint.ends_with('/') ? "" : "/");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/xml");
  request.body = canonical_query({{"Action", "AssumeRoleWithWebIdentity"},
                                  {"RoleArn", identity_.role_arn},
                                  {"RoleSessionName", identity_.session_name},
                                  {"Version", "2011-06-15"},
                                  {"WebIdentityToken", token}});
  request.timeout = kStsTimeout;
  request.response_bytes_max = kStsAnswerBytesMax;
  VC_TRY(const auto response, http_.send(request, {}, std::move(stop)));
  if (response.status != 200) {
    return std::unexpected(sts_error(response));
  }
  return parse_sts_answer(response.body);
}

}  // namespace vc::storage
