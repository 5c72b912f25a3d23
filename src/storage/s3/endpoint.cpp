#include "storage/s3/endpoint.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace vc::storage {

namespace {

constexpr std::size_t kBucketBytesMin = 3;
constexpr std::size_t kBucketBytesMax = 63;
constexpr std::size_t kRegionBytesMax = 64;
constexpr std::size_t kPrefixBytesMax = 256;
constexpr std::string_view kAwsDomain = ".amazonaws.com";

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Characters that no encoding of a URL changes.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

struct Authority {
  std::string scheme;
  std::string host;  // With the port, unless it is the scheme's own.
  std::string path;  // Without a '/' at its end.
};

Result<Authority> parse_endpoint(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  const bool usable = url && (url->scheme() == "http" || url->scheme() == "https") &&
                      !url->host().empty() && !url->has_userinfo() && !url->has_query() &&
                      !url->has_fragment();
  if (!usable) {
    return fail(Errc::invalid, fmt::format("'{}' is no endpoint", text),
                "write it like https://minio.example:9000");
  }
  // Boost.URL 1.81 ends the host of http://10.0.0.1.nip.io:9000 after what looks like an address,
  // so host and path are taken from the text, whose characters it has checked.
  const std::size_t begin = text.find("://") + 3;
  const std::size_t end = std::min(text.find('/', begin), text.size());
  Authority authority{
      .scheme = url->scheme(), .host = text.substr(begin, end - begin), .path = text.substr(end)};
  for (const std::string_view unsaid :
       {std::string_view(authority.scheme == "http" ? ":80" : ":443"), std::string_view(":")}) {
    if (authority.host.ends_with(unsaid)) {
      authority.host.resize(authority.host.size() - unsaid.size());
    }
  }
  while (authority.path.ends_with('/')) {
    authority.path.pop_back();
  }
  return authority;
}

Result<void> check_names(const BucketAddress& address) {
  const std::string& bucket = address.bucket;
  if (bucket.size() < kBucketBytesMin || bucket.size() > kBucketBytesMax || !is_plain(bucket) ||
      !is_alphanumeric(bucket.front())) {
    return fail(Errc::invalid, fmt::format("'{}' is no name of a bucket", bucket),
                "buckets have 3 to 63 letters, digits, dots and dashes");
  }
  if (address.region.empty() || address.region.size() > kRegionBytesMax ||
      !is_plain(address.region)) {
    return fail(Errc::invalid, fmt::format("'{}' is no region", address.region),
                "write it like eu-west-1");
  }
  return {};
}

std::string aws_url(std::string_view region) {
  return fmt::format("https://s3.{}{}{}", region, kAwsDomain,
                     region.starts_with("cn-") ? ".cn" : "");
}

}  // namespace

Result<S3Endpoint> S3Endpoint::create(const BucketAddress& address) {
  VC_CHECK(check_names(address));
  VC_TRY(Authority authority,
         parse_endpoint(address.url.empty() ? aws_url(address.region) : address.url));
  S3Endpoint endpoint;
  endpoint.is_aws_ =
      authority.host.ends_with(kAwsDomain) || authority.host.ends_with(".amazonaws.com.cn");
  const bool in_path = address.path_style == PathStyle::always ||
                       (address.path_style == PathStyle::automatic &&
                        (!endpoint.is_aws_ || address.bucket.find('.') != std::string::npos));
  endpoint.host_ = in_path ? authority.host : address.bucket + '.' + authority.host;
  endpoint.origin_ = authority.scheme + "://" + endpoint.host_;
  endpoint.base_path_ = in_path ? authority.path + '/' + address.bucket : authority.path;
  return endpoint;
}

std::string S3Endpoint::path_of(std::string_view object) const {
  if (object.empty()) {
    return base_path_.empty() ? "/" : base_path_;
  }
  return std::string(base_path_).append("/").append(object);
}

Result<std::string> parse_object_prefix(std::string_view text) {
  std::string prefix;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
    if (segment.empty() && (prefix.empty() || rest.empty())) {
      continue;  // A slash around it is no mistake.
    }
    if (segment.empty() || !is_plain(segment) ||
        !(is_alphanumeric(segment.front()) || segment.front() == '_')) {
      return fail(Errc::invalid, fmt::format("'{}' is no prefix of object names", text),
                  "write it like team/cache");
    }
    prefix.append(segment).append("/");
  }
  if (prefix.size() > kPrefixBytesMax) {
    return fail(Errc::too_large, fmt::format("the prefix has more than {} bytes", kPrefixBytesMax));
  }
  return prefix;
}

}  // namespace vc::storage
