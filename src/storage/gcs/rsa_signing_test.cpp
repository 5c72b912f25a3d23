#include "storage/gcs/rsa_signing.hpp"

#include "storage/gcs/testing/gcs_vectors.hpp"
#include "storage/s3/presigner.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace vc::storage {
namespace {

constexpr TimePoint kSignedAt =
    std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + std::chrono::seconds(11'045);

TEST(RsaSigning, SignsWhatAnIndependentImplementationSigns) {
  const auto key = RsaKey::parse(kRsaTestKey);
  ASSERT_TRUE(key) << key.error().message;
  const Presigner presigner(kGoog4, "auto", std::make_shared<RsaSigning>(*key));
  const Credentials account{.access_key_id = std::string(kGcsTestEmail)};
  for (const GcsVector& vector : kGcsVectors) {
    SCOPED_TRACE(vector.name);
    const std::string url =
        presigner.presign(vector.request, account, kSignedAt, std::chrono::seconds(vector.life_s));
    const std::size_t query = url.find('?') + 1;
    const std::size_t signature = url.find("&X-Goog-Signature=");
    ASSERT_NE(signature, std::string::npos);
    EXPECT_EQ(canonical_request(vector.request, url.substr(query, signature - query),
                                CanonicalHeaders(vector.request), kUnsignedPayload),
              vector.canonical_request);
    EXPECT_EQ(url.substr(url.rfind('=') + 1), vector.signature);
  }
}

}  // namespace
}  // namespace vc::storage
