#include "storage/s3/credentials/imds_provider.hpp"

#include "core/text.hpp"
#include "storage/s3/credentials/credentials_json.hpp"
#include "storage/s3/credentials/refresh_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vc::storage {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kImdsTimeout{1'000};
constexpr std::size_t kImdsAnswerBytesMax = 64 << 10;
constexpr std::size_t kRoleBytesMax = 128;
constexpr std::string_view kRolesPath = "/latest/meta-data/iam/security-credentials/";

// Credentials whose end is this near (or a quarter of their time, if that is less) are used on when
// new ones cannot be had, for so long; the plan then asks again after half of it.
constexpr std::chrono::milliseconds kNearTheEnd = std::chrono::minutes(2);
constexpr std::chrono::minutes kUsedOnFor{10};

// Names of roles are letters, digits and "+=,.@_-".
bool is_role(std::string_view name) {
  return !name.empty() && name.size() <= kRoleBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("+=,.@_-").contains(c);
  });
}

}  // namespace

Result<std::string> ImdsProvider::ask(std::string_view method, std::string_view path,
                                      std::string_view token, const std::stop_token& stop) {
  net::ClientRequest request;
  request.method = method;
  request.url = std::string(options_.endpoint).append(path);
  if (token.empty()) {
    request.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
  } else {
    request.headers.add("X-aws-ec2-metadata-token", std::string(token));
  }
  request.connect_timeout = kImdsTimeout;
  request.timeout = kImdsTimeout;
  request.response_bytes_max = kImdsAnswerBytesMax;
  request.proxy = net::Proxy::none;
  auto response = http_.send(request, {}, stop);
  if (!response) {
    return std::unexpected(std::move(response).error().with_hint(options_.hint));
  }
  if (response->status == 404) {
    return fail(Errc::not_found, "the instance has no role", options_.hint);
  }
  if (response->status != 200) {
    return fail(response->status >= 500 ? Errc::unavailable : Errc::denied,
                fmt::format("{} {} was answered {}", method, path, response->status),
                options_.hint);
  }
  return std::move(response->body);
}

Result<Credentials> ImdsProvider::ask_for_credentials(const std::stop_token& stop) {
  VC_TRY(const std::string answered, ask("PUT", "/latest/api/token", "", stop));
  const std::string_view token = trimmed(answered);
  if (token.empty() || !net::is_field_value(token)) {
    return fail(Errc::invalid, "the metadata service's token is no token", options_.hint);
  }
  VC_TRY(const std::string roles, ask("GET", kRolesPath, token, stop));
  const std::string_view role = trimmed(std::string_view(roles).substr(0, roles.find('\n')));
  if (!is_role(role)) {
    return fail(Errc::invalid, "the metadata service's role is no name of a role", options_.hint);
  }
  VC_TRY(const std::string json, ask("GET", std::string(kRolesPath).append(role), token, stop));
  return parse_credentials_json(json);
}

std::optional<Credentials> ImdsProvider::used_on() {
  const TimePoint now = clock_.now();
  const auto until = last_ ? good_until(*last_) : std::nullopt;
  if (!until || *until - now > std::min(kNearTheEnd, (*until - fetched_at_) / 4)) {
    return std::nullopt;
  }
  if (!std::exchange(warned_, true)) {
    log_.warn("the instance metadata has no fresh credentials: the last ones are used on");
  }
  Credentials extended = *last_;
  extended.expires_at = now + kUsedOnFor;
  return extended;
}

Result<Credentials> ImdsProvider::fetch(std::stop_token stop) {
  auto fetched = ask_for_credentials(stop);
  if (!fetched) {
    const bool is_down =
        fetched.error().code == Errc::unavailable || fetched.error().code == Errc::timeout;
    auto on = is_down ? used_on() : std::nullopt;
    return on ? Result<Credentials>(*std::move(on)) : std::move(fetched);
  }
  last_ = *fetched;
  fetched_at_ = clock_.now();
  if (auto on = used_on()) {  // It handed out what has expired.
    return *std::move(on);
  }
  warned_ = false;
  return fetched;
}

}  // namespace vc::storage
