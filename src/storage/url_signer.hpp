// UrlSigner: signed URLs of the gateway's own data plane
// (`/v1/blobs/<key>?expires&size&sha256&vcmeta&signature`).
//
// The MAC covers method, full key, expiry, size, checksum and vcmeta. Its key is 32 random bytes,
// never derived from a client's credential. One grant has exactly one spelling: parameters in the
// order above, none twice, none empty, numbers without leading zeros, nothing percent-encoded.
#pragma once

#include "core/clock.hpp"
#include "core/hmac.hpp"
#include "core/result.hpp"
#include "storage/driver.hpp"
#include "wire/object_key.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace vc::storage {

inline constexpr std::string_view kBlobPathPrefix = "/v1/blobs/";
inline constexpr std::size_t kUrlKeySize = 32;

// What a valid URL authorises: this method on this key under these terms.
struct BlobGrant {
  wire::ObjectKey key;
  UploadTerms terms;  // For PUT.
};

class UrlSigner {
 public:
  UrlSigner(ByteView key, const Clock& clock) : key_(key), clock_(clock) {}

  Ticket sign_get(const wire::ObjectKey& key, std::chrono::seconds ttl) const;
  // `terms` have passed check_terms() (upload_terms.hpp); their md5 is not enforced here.
  Ticket sign_put(const wire::ObjectKey& key, const UploadTerms& terms,
                  std::chrono::seconds ttl) const;

  // `target` is the raw request target. A ticket for GET also serves HEAD. Errc::invalid for a
  // malformed URL, Errc::denied for a wrong signature, another method or an expired one.
  Result<BlobGrant> verify(std::string_view method, std::string_view target) const;

 private:
  HmacKey key_;
  const Clock& clock_;
};

}  // namespace vc::storage
