// Headers of objects: what an upload must carry, and what a store says about what it has.
#pragma once

#include "core/clock.hpp"
#include "net/http.hpp"
#include "storage/driver.hpp"
#include "storage/s3/store_dialect.hpp"
#include "storage/store_traits.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vc::storage {

// All of them are to be signed, so that the holder of a ticket can leave none out: the condition
// for PutMode::create_only, the length, the metadata, and the strongest stated checksum that the
// store enforces. `terms` have passed check_terms() and have a size.
net::Headers upload_headers(const StoreDialect& dialect, const UploadTerms& terms,
                            const StoreTraits& traits, PutMode mode);

// From the answer to HEAD or GET. Errc::unavailable when it does not say how long the object is.
Result<ObjectInfo> object_info(const StoreDialect& dialect, const net::Headers& headers);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7); nullopt for anything else.
std::optional<TimePoint> parse_http_date(std::string_view text);

}  // namespace vc::storage
