// SharedAccess: URLs that let their holder do one thing with one blob, until a moment.
//
// A service SAS (sr=b) signed with the account's key, as "Create a service SAS" of Microsoft's REST
// reference for Azure Storage has it for service versions 2020-12-06 and later; and the account SAS
// ("Create an account SAS", same versions) for the one thing that no service SAS may do, which is
// to make the container. The signature covers the blob, the permissions, the expiry and the
// protocol, and no header: what an upload is (length, metadata, digest) cannot be bound.
#pragma once

#include "core/clock.hpp"
#include "core/hmac.hpp"
#include "core/result.hpp"
#include "storage/azure/container_endpoint.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

// `sv`: how the SAS is written, and how the service understands the request that comes with it.
inline constexpr std::string_view kSasVersion = "2023-11-03";

// `sp`. To create is to be refused where there is a blob, with whatever headers.
inline constexpr std::string_view kMayRead = "r";
inline constexpr std::string_view kMayCreate = "c";
inline constexpr std::string_view kMayReplace = "cw";
inline constexpr std::string_view kMayDelete = "d";

// What a service SAS for one blob signs; the fields that no ticket uses are empty in it.
std::string service_sas_string_to_sign(const ContainerEndpoint& endpoint, std::string_view blob,
                                       std::string_view permissions, TimePoint expires_at);

// What an account SAS for creating containers signs.
std::string account_sas_string_to_sign(const ContainerEndpoint& endpoint, TimePoint expires_at);

// Safe for concurrent use.
class SharedAccess {
 public:
  // Errc::invalid for a key that is not base64.
  static Result<SharedAccess> create(std::string_view account_key);

  // A secret: whoever has it can do that. `expires_at` counts in whole seconds.
  std::string blob_url(const ContainerEndpoint& endpoint, std::string_view blob,
                       std::string_view permissions, TimePoint expires_at) const;

  // For the PUT that makes the container.
  std::string container_url(const ContainerEndpoint& endpoint, TimePoint expires_at) const;

 private:
  explicit SharedAccess(HmacKey key) : key_(std::move(key)) {}

  HmacKey key_;
};

}  // namespace vc::storage
