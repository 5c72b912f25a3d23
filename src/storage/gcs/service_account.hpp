// ServiceAccount: who a gateway is on Google Cloud: the JSON key file that the console hands out.
#pragma once

#include "core/files.hpp"
#include "core/result.hpp"
#include "core/rsa_key.hpp"

#include <string>
#include <string_view>

namespace vc::storage {

struct ServiceAccount {
  std::string client_email;
  RsaKey key;
};

// Reads `type`, `client_email` and `private_key` of the JSON, and ignores the rest. Errc::invalid
// for anything but a service account's key; no error repeats any of the text.
Result<ServiceAccount> parse_service_account(std::string_view json);

// The same from a file of at most 64 KiB; errors name it.
Result<ServiceAccount> read_service_account(const fs::path& file);

}  // namespace vc::storage
