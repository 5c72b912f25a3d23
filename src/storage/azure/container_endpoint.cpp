#include "storage/azure/container_endpoint.hpp"

#include "storage/azure/connection_string.hpp"
#include "storage/s3/canonical_request.hpp"
#include "storage/s3/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vc::storage {

namespace {

constexpr std::size_t kContainerBytesMin = 3;
constexpr std::size_t kContainerBytesMax = 63;
constexpr std::size_t kAccountBytesMin = 3;
constexpr std::size_t kAccountBytesMax = 24;

constexpr std::array<std::string_view, 4> kAzureDomains = {
    ".blob.core.windows.net", ".blob.core.chinacloudapi.cn", ".blob.core.usgovcloudapi.net",
    ".blob.storage.azure.net"};

bool is_lower_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_container(std::string_view name) {
  return name.size() >= kContainerBytesMin && name.size() <= kContainerBytesMax &&
         std::ranges::all_of(name, [](char c) { return is_lower_alphanumeric(c) || c == '-'; }) &&
         !name.starts_with('-') && !name.ends_with('-') &&
         name.find("--") == std::string_view::npos;
}

bool is_account(std::string_view name) {
  return name.size() >= kAccountBytesMin && name.size() <= kAccountBytesMax &&
         std::ranges::all_of(name, is_lower_alphanumeric);
}

}  // namespace

Result<ContainerEndpoint> ContainerEndpoint::create(const ContainerAddress& address) {
  if (!is_account(address.account)) {
    return fail(Errc::invalid, fmt::format("'{}' is no storage account", address.account),
                "accounts have 3 to 24 lower-case letters and digits");
  }
  if (!is_container(address.container)) {
    return fail(Errc::invalid, fmt::format("'{}' is no name of a container", address.container),
                "containers have 3 to 63 lower-case letters, digits and single dashes");
  }
  // A container is a bucket that is always part of the path.
  VC_TRY(const S3Endpoint parsed,
         S3Endpoint::create(
             {.url = address.url.empty() ? azure_blob_url(address.account) : address.url,
              .bucket = address.container,
              .path_style = PathStyle::always}));
  ContainerEndpoint endpoint;
  endpoint.origin_ = parsed.origin();
  endpoint.container_path_ = parsed.path_of("");
  endpoint.account_ = address.account;
  endpoint.container_ = address.container;
  endpoint.is_azure_ = std::ranges::any_of(
      kAzureDomains, [&](std::string_view domain) { return parsed.host().ends_with(domain); });
  return endpoint;
}

std::string ContainerEndpoint::url_of(std::string_view blob) const {
  std::string path = container_path_;
  if (!blob.empty()) {
    path.append("/").append(blob);
  }
  return origin_ + percent_encode(path, Slash::kept);
}

std::string ContainerEndpoint::canonical_resource(std::string_view blob) const {
  return fmt::format("/blob/{}/{}{}{}", account_, container_, blob.empty() ? "" : "/", blob);
}

}  // namespace vc::storage
