#include "storage/azure/shared_access.hpp"

#include "storage/s3/canonical_request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <vector>

namespace vc::storage {

namespace {

constexpr std::size_t kAccountKeyBytesMax = 256;

// "2026-11-23T01:45:00Z"
std::string iso_8601(TimePoint time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

// `spr`: over TLS only, where there is TLS.
std::string_view protocols(const ContainerEndpoint& endpoint) {
  return endpoint.is_https() ? "https" : "https,http";
}

}  // namespace

std::string service_sas_string_to_sign(const ContainerEndpoint& endpoint, std::string_view blob,
                                       std::string_view permissions, TimePoint expires_at) {
  constexpr std::string_view kStart;
  constexpr std::string_view kIdentifier;
  constexpr std::string_view kIpRange;
  constexpr std::string_view kResource = "b";
  // Snapshot, encryption scope, and the five headers of answers that a SAS could set.
  constexpr std::string_view kUnused = "\n\n\n\n\n\n";
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", permissions, kStart,
                     iso_8601(expires_at), endpoint.canonical_resource(blob), kIdentifier, kIpRange,
                     protocols(endpoint), kSasVersion, kResource, kUnused);
}

std::string account_sas_string_to_sign(const ContainerEndpoint& endpoint, TimePoint expires_at) {
  // Permission, service and resource type: create, in blobs, containers. Then no start, no range
  // of addresses, and at the end no encryption scope.
  return fmt::format("{}\nc\nb\nc\n\n{}\n\n{}\n{}\n\n", endpoint.account(), iso_8601(expires_at),
                     protocols(endpoint), kSasVersion);
}

Result<SharedAccess> SharedAccess::create(std::string_view account_key) {
  const auto key = base64_decode(account_key);
  if (!key || key->empty() || key->size() > kAccountKeyBytesMax) {
    return fail(Errc::invalid, "the account key is not base64",
                "copy it from the access keys of the storage account");
  }
  return SharedAccess(HmacKey(*key));
}

std::string SharedAccess::blob_url(const ContainerEndpoint& endpoint, std::string_view blob,
                                   std::string_view permissions, TimePoint expires_at) const {
  const Digest signature =
      key_.mac(service_sas_string_to_sign(endpoint, blob, permissions, expires_at));
  return endpoint.url_of(blob) + '?' +
         canonical_query({{"sv", std::string(kSasVersion)},
                          {"sr", "b"},
                          {"sp", std::string(permissions)},
                          {"se", iso_8601(expires_at)},
                          {"spr", std::string(protocols(endpoint))},
                          {"sig", base64_encode(signature.bytes())}});
}

std::string SharedAccess::container_url(const ContainerEndpoint& endpoint,
                                        TimePoint expires_at) const {
  const Digest signature = key_.mac(account_sas_string_to_sign(endpoint, expires_at));
  return endpoint.url_of("") + '?' +
         canonical_query({{"restype", "container"},
                          {"sv", std::string(kSasVersion)},
                          {"ss", "b"},
                          {"srt", "c"},
                          {"sp", "c"},
                          {"se", iso_8601(expires_at)},
                          {"spr", std::string(protocols(endpoint))},
                          {"sig", base64_encode(signature.bytes())}});
}

}  // namespace vc::storage
