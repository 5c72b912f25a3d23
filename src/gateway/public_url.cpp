#include "gateway/public_url.hpp"

#include <algorithm>

namespace vc::gateway {
namespace {

constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kPortDigitsMax = 5;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
         c == '_';
}

bool is_ipv6_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= kPortDigitsMax && std::ranges::all_of(text, is_digit);
}

// `name`, `name:port`, `[v6]` or `[v6]:port`: what may stand in an authority of ours.
bool is_host(std::string_view text) {
  if (text.size() > kHostBytesMax) {
    return false;
  }
  std::string_view name = text.substr(0, text.find(':'));
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos || bracket < 3 ||
        !std::ranges::all_of(text.substr(1, bracket - 1), is_ipv6_character)) {
      return false;
    }
    name = text.substr(0, bracket + 1);
  } else if (name.empty() || !std::ranges::all_of(name, is_name_character)) {
    return false;
  }
  const std::string_view rest = text.substr(name.size());
  return rest.empty() || (rest.starts_with(':') && is_port(rest.substr(1)));
}

std::string_view first_of_list(std::string_view text) {
  text = text.substr(0, text.find(','));
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

Result<std::string> parse_public_url(std::string_view text) {
  std::string_view rest = text;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (rest.starts_with(scheme)) {
      rest.remove_prefix(scheme.size());
      break;
    }
  }
  const std::string_view host = rest.substr(0, rest.find('/'));
  const std::string_view path = rest.substr(host.size());
  const bool plain_path = std::ranges::all_of(
      path, [](char c) { return is_name_character(c) || c == '/' || c == '~'; });
  if (rest.size() == text.size() || !is_host(host) || !plain_path) {
    return fail(Errc::invalid, "a public URL must look like https://cache.example:8080/path");
  }
  std::string url(text);
  while (url.ends_with('/')) {
    url.pop_back();
  }
  return url;
}

Result<std::string> public_url_of(const RequestOrigin& origin) {
  const std::string_view proto =
      origin.forwarded_proto.empty() ? "http" : first_of_list(origin.forwarded_proto);
  const std::string_view host =
      origin.forwarded_host.empty() ? origin.host : first_of_list(origin.forwarded_host);
  if ((proto != "http" && proto != "https") || !is_host(host)) {
    return fail(Errc::invalid, "Host or X-Forwarded-Host and -Proto name no address to answer with",
                "set VC_PUBLIC_URL on the gateway to the address its clients use");
  }
  return std::string(proto).append("://").append(host);
}

}  // namespace vc::gateway
