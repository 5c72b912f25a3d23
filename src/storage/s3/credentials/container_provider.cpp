#include "storage/s3/credentials/container_provider.hpp"

#include "core/text.hpp"
#include "storage/s3/credentials/credentials_json.hpp"

#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vc::storage {

namespace {

constexpr std::chrono::milliseconds kContainerTimeout{2'000};
constexpr std::size_t kAuthorizationBytesMax = 64 << 10;
constexpr std::size_t kContainerAnswerBytesMax = 64 << 10;

constexpr std::string_view kEcsOrigin = "http://169.254.170.2";
constexpr std::array<std::string_view, 2> kServiceAddresses = {"169.254.170.2", "169.254.170.23"};
constexpr std::string_view kServiceAddress6 = "fd00:ec2::23";

constexpr std::string_view kAllowed =
    "https://, or http:// with 127.0.0.1, localhost, 169.254.170.2, 169.254.170.23 or "
    "[fd00:ec2::23]";

bool is_allowed(const boost::urls::url_view& url) {
  return url.scheme() == "https" || is_near_host(std::string(url.encoded_host()));
}

// What the path holds on ECS is all that keeps others from asking.
Error without_path(Error error, std::string_view url) {
  const std::size_t path = url.find('/', url.find("://") + 3);
  const std::string_view secret = url.substr(path, url.find('?', path) - path);
  if (const std::size_t at = error.message.find(secret);
      secret.size() > 1 && at != std::string::npos) {
    error.message.replace(at, secret.size(), "/...");
  }
  return error;
}

}  // namespace

bool is_near_host(std::string_view host) {
  if (host == "localhost") {  // libcurl never asks a name server about it.
    return true;
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto address = boost::urls::parse_ipv6_address(host.substr(1, host.size() - 2));
    return address &&
           (address->is_loopback() || *address == boost::urls::ipv6_address(kServiceAddress6));
  }
  const auto address = boost::urls::parse_ipv4_address(host);
  return address &&
         (address->is_loopback() || std::ranges::any_of(kServiceAddresses, [&](auto each) {
            return *address == boost::urls::ipv4_address(each);
          }));
}

Result<std::string> container_url(std::string_view relative, std::string_view full) {
  const std::string text =
      relative.empty() ? std::string(full) : std::string(kEcsOrigin).append(relative);
  const auto url = boost::urls::parse_uri(text);
  const bool usable = url && (url->scheme() == "http" || url->scheme() == "https") &&
                      !url->encoded_host().empty() && !url->has_userinfo() &&
                      // Boost.URL takes an address in front of a longer name for the host.
                      (url->encoded_path().empty() || url->encoded_path().starts_with('/')) &&
                      (relative.empty() || relative.starts_with('/'));
  const std::string_view name = relative.empty() ? "AWS_CONTAINER_CREDENTIALS_FULL_URI"
                                                 : "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
  if (!usable) {
    return fail(Errc::invalid, fmt::format("{} is no address", name),
                fmt::format("it must be {}", relative.empty() ? kAllowed : "a path from / on"));
  }
  if (!is_allowed(*url)) {
    return fail(Errc::invalid, fmt::format("{} names a host that may not be asked", name),
                fmt::format("it must be {}", kAllowed));
  }
  const std::string_view target = url->encoded_target();
  return fmt::format("{}://{}{}{}", std::string_view(url->scheme()),
                     std::string_view(url->encoded_host_and_port()),
                     target.starts_with('/') ? "" : "/", target);
}

Result<std::string> ContainerProvider::authorization() const {
  std::string token = endpoint_.token;
  if (!endpoint_.token_file.empty()) {
    auto text = read_file(endpoint_.token_file, kAuthorizationBytesMax);
    if (!text) {
      return std::unexpected(std::move(text).error().with_hint(
          "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names the file with the token to send"));
    }
    token = trimmed(*text);
  }
  if (!net::is_field_value(token)) {
    return fail(Errc::invalid, "the authorization token has characters that no header can have",
                "check AWS_CONTAINER_AUTHORIZATION_TOKEN and its _FILE");
  }
  return token;
}

Result<Credentials> ContainerProvider::fetch(std::stop_token stop) {
  VC_TRY(std::string token, authorization());
  net::ClientRequest request;
  request.url = endpoint_.url;
  request.headers.add("Accept", "application/json");
  if (!token.empty()) {
    request.headers.add("Authorization", std::move(token));
  }
  request.connect_timeout = kContainerTimeout;
  request.timeout = kContainerTimeout;
  request.response_bytes_max = kContainerAnswerBytesMax;
  const auto url = boost::urls::parse_uri(endpoint_.url);
  request.proxy = url && is_near_host(std::string(url->encoded_host()))
                      ? net::Proxy::none
                      : net::Proxy::from_environment;
  const auto response = http_.send(request, {}, std::move(stop));
  if (!response) {
    return std::unexpected(without_path(response.error(), endpoint_.url)
                               .with_hint("check AWS_CONTAINER_CREDENTIALS_FULL_URI or "
                                          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"));
  }
  if (response->status != 200) {
    const bool later = response->status >= 500 || response->status == 429;
    return fail(later ? Errc::unavailable : Errc::denied,
                fmt::format("the endpoint answered {}", response->status),
                "check the role of the task or pod, and AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE)");
  }
  return parse_credentials_json(response->body);
}

}  // namespace vc::storage
