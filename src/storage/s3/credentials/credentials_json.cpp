#include "storage/s3/credentials/credentials_json.hpp"

#include "storage/s3/credentials/checked_credentials.hpp"
#include "wire/json_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace vc::storage {

namespace {

constexpr std::size_t kCodeBytesMax = 64;

// A code is an identifier; anything else is not repeated.
std::string_view shown_code(std::string_view code) {
  const bool plain =
      !code.empty() && code.size() <= kCodeBytesMax && std::ranges::all_of(code, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      });
  return plain ? code : "an unknown code";
}

}  // namespace

Result<Credentials> parse_credentials_json(std::string_view text) {
  VC_TRY(const auto document, wire::JsonDocument::parse(text));
  const wire::JsonValue root = document.root();
  VC_CHECK(wire::require_object(root, "the answer"));
  VC_TRY(const std::string_view code, wire::optional_text(root, "Code"));
  if (!code.empty() && code != "Success") {
    return fail(Errc::denied, fmt::format("answered {}", shown_code(code)));
  }
  VC_TRY(const std::string_view id, wire::required_text(root, "AccessKeyId"));
  VC_TRY(const std::string_view secret, wire::required_text(root, "SecretAccessKey"));
  VC_TRY(const std::string_view token, wire::optional_text(root, "Token"));
  VC_TRY(const std::string_view expiration, wire::optional_text(root, "Expiration"));
  const auto expires_at = parse_expiration(expiration);
  if (!expires_at && !expiration.empty()) {
    return fail(Errc::invalid, "its Expiration is no time");
  }
  return checked_credentials({.access_key_id = std::string(id),
                              .secret_access_key = std::string(secret),
                              .session_token = std::string(token),
                              .expires_at = expires_at});
}

}  // namespace vc::storage
