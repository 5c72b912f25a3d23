// checked_credentials: credentials from somewhere else, refused unless they can be credentials.
//
// What passes may stand in a URL's query, a header or a log's neighbourhood without changing what
// it is part of.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "storage/s3/credentials.hpp"

#include <optional>
#include <string_view>

namespace vc::storage {

inline constexpr std::size_t kAccessKeyIdBytesMax = 256;
inline constexpr std::size_t kSecretBytesMax = 1024;
inline constexpr std::size_t kSessionTokenBytesMax = 16 << 10;

// Errc::invalid names the part that is missing, too long, or holds other than visible ASCII; never
// what it is.
Result<Credentials> checked_credentials(Credentials credentials);

// "2026-11-23T01:22:37Z", with or without a fraction of a second: RFC 3339 in UTC, as AWS writes
// it.
std::optional<TimePoint> parse_expiration(std::string_view text);

}  // namespace vc::storage
