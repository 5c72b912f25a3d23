#include "storage/azure/blob_headers.hpp"

#include "core/assert.hpp"
#include "core/quantity.hpp"

#include <string>

namespace vc::storage {

net::Headers blob_upload_headers(const UploadTerms& terms, const StoreTraits& traits,
                                 PutMode mode) {
  VC_ASSERT(terms.size_bytes);
  net::Headers headers = {{"Content-Length", std::to_string(*terms.size_bytes)},
                          {"x-ms-blob-type", "BlockBlob"}};
  if (mode == PutMode::create_only) {
    headers.add("If-None-Match", "*");
  }
  if (!terms.vcmeta.empty()) {
    headers.add(std::string(kBlobVcmetaHeader), terms.vcmeta);
  }
  if (!terms.md5.empty() && traits.enforces_md5) {
    headers.add("Content-MD5", terms.md5);
  }
  return headers;
}

Result<ObjectInfo> blob_info(const net::Headers& headers) {
  const auto length = parse_integer(headers.find("Content-Length").value_or(""));
  if (!length || *length < 0) {
    return fail(Errc::unavailable, "the store does not say how long the blob is");
  }
  return ObjectInfo{.size_bytes = static_cast<std::uint64_t>(*length),
                    .vcmeta = std::string(headers.find(kBlobVcmetaHeader).value_or("")),
                    .expires_at = {}};
}

}  // namespace vc::storage
