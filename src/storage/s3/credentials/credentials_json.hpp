// The JSON in which container endpoints and instance metadata hand out credentials.
#pragma once

#include "core/result.hpp"
#include "storage/s3/credentials.hpp"

#include <string_view>

namespace vc::storage {

// {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, and perhaps "Code", which is then
// "Success". Errc::invalid names what is wrong, never a value; another code is Errc::denied and
// named.
Result<Credentials> parse_credentials_json(std::string_view text);

}  // namespace vc::storage
