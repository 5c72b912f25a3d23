// Headers of blobs: what an upload carries, and what the service says about what it has.
#pragma once

#include "net/http.hpp"
#include "storage/driver.hpp"
#include "storage/store_traits.hpp"

#include <string_view>

namespace vc::storage {

// Names of metadata must be C# identifiers.
inline constexpr std::string_view kBlobVcmetaHeader = "x-ms-meta-vcmeta";

// Of Put Blob. A ticket names them for honest agents; its signature covers none of them.
// `terms` have passed check_terms() and have a size.
net::Headers blob_upload_headers(const UploadTerms& terms, const StoreTraits& traits, PutMode mode);

// From the answer to HEAD or GET. Errc::unavailable when it does not say how long the blob is.
Result<ObjectInfo> blob_info(const net::Headers& headers);

}  // namespace vc::storage
