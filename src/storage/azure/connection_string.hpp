// AzureAccount: whose blobs they are, where they are, and the key that signs for them.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

struct AzureAccount {
  std::string name;
  std::string key;       // In base64, as the portal shows it.
  std::string blob_url;  // The blob service: "https://name.blob.core.windows.net".
};

// The blob service of an account; `suffix` is that of a cloud: "core.windows.net".
std::string azure_blob_url(std::string_view account, std::string_view suffix = "core.windows.net",
                           std::string_view scheme = "https");

// "AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net", as the portal gives it out
// ("Configure Azure Storage connection strings"). Errc::invalid for a setting that is unknown,
// empty or there twice, for one without name and key, and for those that hold a shared access
// signature or mean the emulator: neither can sign tickets of its own. Messages name settings,
// never their values.
Result<AzureAccount> parse_connection_string(std::string_view text);

}  // namespace vc::storage
