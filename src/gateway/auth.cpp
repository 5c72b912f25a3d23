#include "gateway/auth.hpp"

#include <algorithm>

namespace vc::gateway {
namespace {

constexpr std::string_view kScheme = "bearer";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  const std::size_t space = authorization.find(' ');
  if (space != kScheme.size() ||
      !std::ranges::equal(authorization.substr(0, space), kScheme, {}, lower)) {
    return std::nullopt;
  }
  const std::size_t start = authorization.find_first_not_of(' ', space);
  if (start == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view token = authorization.substr(start);
  if (token.find(' ') != std::string_view::npos) {
    return std::nullopt;
  }
  return token;
}

void TokenAuthenticator::add(std::string_view token, Principal principal) {
  grants_.push_back(
      {.token = sha256(token), .caller = std::make_shared<const Principal>(std::move(principal))});
}

Result<Caller> TokenAuthenticator::authenticate(std::string_view authorization) const {
  const auto token = bearer_token(authorization);
  if (!token) {
    return fail(Errc::unauthenticated, "this needs a bearer token",
                "send \"Authorization: Bearer <token>\" with the gateway's VC_AUTH_TOKEN");
  }
  const Digest digest = sha256(*token);
  Caller caller;
  for (const Grant& grant : grants_) {  // All of them: time tells nothing about which one matched.
    if (equal_constant_time(as_text(grant.token.bytes()), as_text(digest.bytes()))) {
      caller = grant.caller;
    }
  }
  if (!caller) {
    return fail(Errc::unauthenticated, "this token is not known here",
                "compare remote.token in velocity.yml with the gateway's VC_AUTH_TOKEN");
  }
  return caller;
}

AnonymousAuthenticator::AnonymousAuthenticator(Principal principal)
    : caller_(std::make_shared<const Principal>(std::move(principal))) {}

Result<Caller> AnonymousAuthenticator::authenticate(std::string_view) const {
  return caller_;
}

Principal default_principal(std::string subject) {
  const wire::Scope scope = wire::Scope::parse("default").value();
  return {.subject = std::move(subject), .read = {scope}, .write = scope};
}

}  // namespace vc::gateway
