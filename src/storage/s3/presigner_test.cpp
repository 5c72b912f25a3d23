#include "storage/s3/presigner.hpp"

#include "core/digest.hpp"
#include "storage/s3/testing/presign_vectors.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint at(std::chrono::year_month_day day, std::chrono::seconds time) {
  return std::chrono::sys_days(day) + time;
}

constexpr TimePoint kExamplesTime = at(2013y / 5 / 24, 0s);
constexpr TimePoint kAwsCliTime = at(2016y / 8 / 18, 14h + 33min + 3s);
constexpr TimePoint kVectorsTime = at(2026y / 1 / 2, 3h + 4min + 5s);

const Credentials kExampleKeys{.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                               .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};

std::string signature_in(std::string_view url) {
  return std::string(url.substr(url.rfind('=') + 1));
}

std::string query_of(std::string_view url) {
  const std::size_t begin = url.find('?') + 1;
  return std::string(url.substr(begin, url.rfind('&') - begin));
}

TEST(Presigner, SignsWhatAnIndependentImplementationSigns) {
  for (const PresignVector& vector : kPresignVectors) {
    SCOPED_TRACE(vector.name);
    SignableRequest request{
        .method = vector.method, .host = vector.host, .path = vector.path, .query = vector.query};
    for (const auto& [name, value] : vector.headers) {
      request.headers.add(name, value);
    }
    Credentials credentials = kExampleKeys;
    credentials.session_token = vector.session_token;
    const Presigner presigner(kAws4, vector.region);
    const std::string url =
        presigner.presign(request, credentials, kVectorsTime, std::chrono::seconds(vector.life_s));
    EXPECT_EQ(
        canonical_request(request, query_of(url), CanonicalHeaders(request), kUnsignedPayload),
        vector.canonical_request);
    EXPECT_EQ(signature_in(url), vector.signature);
  }
}

// "Authenticating Requests: Using Query Parameters" of the S3 API reference.
TEST(Presigner, SignsThePublishedExample) {
  const Presigner presigner(kAws4, "us-east-1");
  const std::string url = presigner.presign(
      {.method = "GET", .host = "examplebucket.s3.amazonaws.com", .path = "/test.txt"},
      kExampleKeys, kExamplesTime, 86400s);
  EXPECT_EQ(url,
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

// "Authenticating Requests: Using the Authorization Header" of the same: the same algorithm over
// other headers.
TEST(Presigner, SignsThePublishedExamplesOfTheHeaderForm) {
  const std::string nothing = sha256("").hex();
  const std::string body = sha256("Welcome to Amazon S3.").hex();
  const auto signature = [](std::string method, std::string path,
                            std::vector<SignableRequest::Parameter> query, net::Headers headers,
                            const std::string& payload) {
    headers.add("x-amz-date", "20130524T000000Z");
    headers.add("x-amz-content-sha256", payload);
    const SignableRequest request{.method = std::move(method),
                                  .host = "examplebucket.s3.amazonaws.com",
                                  .path = std::move(path),
                                  .query = std::move(query),
                                  .headers = std::move(headers)};
    const std::string canonical = canonical_request(request, canonical_query(request.query),
                                                    CanonicalHeaders(request), payload);
    return Presigner(kAws4, "us-east-1").signature(canonical, kExampleKeys, kExamplesTime);
  };
  EXPECT_EQ(signature("GET", "/test.txt", {}, {{"Range", "bytes=0-9"}}, nothing),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  EXPECT_EQ(signature("PUT", "/test$file.text", {},
                      {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                      body),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
  EXPECT_EQ(signature("GET", "/", {{"lifecycle", ""}}, {}, nothing),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signature("GET", "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}, nothing),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// The functional tests of aws-cli's `s3 presign`.
TEST(Presigner, SignsWhatAwsCliSigns) {
  const Presigner presigner(kAws4, "us-east-1");
  const Credentials keys{.access_key_id = "access_key", .secret_access_key = "secret_key"};
  const auto signature = [&](std::string host, std::string path, std::chrono::seconds life) {
    return signature_in(
        presigner.presign({.method = "GET", .host = std::move(host), .path = std::move(path)}, keys,
                          kAwsCliTime, life));
  };
  EXPECT_EQ(signature("bucket.s3.us-east-1.amazonaws.com", "/key", 3600s),
            "1297528058f2c8b89cfa52c6a47d6c54890700a1da24702b06d53e774c0acc95");
  EXPECT_EQ(signature("bucket.s3.us-east-1.amazonaws.com", "/key", 1000s),
            "865fb61b021c3bf406c40d41353f584835fff1f158cf1b3e6ec06260ecbb8937");
  EXPECT_EQ(signature("s3.us-east-1.amazonaws.com", "/bucket/key", 3600s),
            "c6dab3560db76aded03e6268338ddb0a6dec00ebc82d6e7abdc305529fcaba74");
  EXPECT_EQ(signature("s3.us-east-1.amazonaws.com", "/bucket.dots/key", 3600s),
            "5a032639cabfe3db0b4b87ba3b12c29f5e42fe74cbba8a0eb69bfb30c6e2d277");
}

TEST(Presigner, SpeaksGooglesDialect) {
  const Presigner presigner(kGoog4, "auto");
  const Credentials keys{.access_key_id = "GOOG1EXAMPLE", .secret_access_key = "secret"};
  const std::string url = presigner.presign({.method = "PUT",
                                             .host = "storage.googleapis.com",
                                             .path = "/bucket/k",
                                             .headers = {{"x-goog-if-generation-match", "0"}}},
                                            keys, kVectorsTime, 900s);
  EXPECT_EQ(url,
            "/bucket/k?X-Goog-Algorithm=GOOG4-HMAC-SHA256"
            "&X-Goog-Credential=GOOG1EXAMPLE%2F20260102%2Fauto%2Fstorage%2Fgoog4_request"
            "&X-Goog-Date=20260102T030405Z&X-Goog-Expires=900"
            "&X-Goog-SignedHeaders=host%3Bx-goog-if-generation-match&X-Goog-Signature="
            "d1751d00a871dd21447e3bf779baee85574cf9023878e9d6abea6c8bc81312fc");
}

// Another way to sign, as RSA is, changes the algorithm's name and the signature, nothing
// else.
TEST(Presigner, TakesAnotherMethodOfSigning) {
  class Reversed final : public SigningMethod {
   public:
    std::string_view name() const override { return "REVERSED"; }

    std::string sign(const Credentials& credentials, const SigningScope& scope,
                     std::string_view string_to_sign) const override {
      EXPECT_EQ(scope_text(scope), "20260102/auto/storage/goog4_request");
      EXPECT_TRUE(string_to_sign.starts_with("GOOG4-REVERSED\n20260102T030405Z\n"));
      return credentials.access_key_id + "-was-here";
    }
  };

  const Presigner presigner(kGoog4, "auto", std::make_unique<Reversed>());
  const std::string url =
      presigner.presign({.method = "GET", .host = "h", .path = "/k"},
                        {.access_key_id = "me", .secret_access_key = ""}, kVectorsTime, 1s);
  EXPECT_TRUE(url.starts_with("/k?X-Goog-Algorithm=GOOG4-REVERSED&")) << url;
  EXPECT_TRUE(url.ends_with("&X-Goog-Signature=me-was-here")) << url;
}

TEST(Presigner, HeadersAreSignedAsTheStoreWillReadThem) {
  const SignableRequest request{
      .method = "PUT",
      .host = "minio:9000",
      .path = "/k",
      .headers = {{"X-Amz-Meta-Vcmeta", " a  b\t"}, {"If-None-Match", "*"}}};
  const CanonicalHeaders headers(request);
  EXPECT_EQ(headers.names(), "host;if-none-match;x-amz-meta-vcmeta");
  EXPECT_EQ(headers.lines(), "host:minio:9000\nif-none-match:*\nx-amz-meta-vcmeta:a b\n");
}

// A condition in the query is silently ignored by real stores.
TEST(Presigner, NoHeaderIsHoistedIntoTheQuery) {
  const std::string url =
      Presigner(kAws4, "us-east-1")
          .presign({.method = "PUT",
                    .host = "h",
                    .path = "/k",
                    .headers = {{"If-None-Match", "*"}, {"x-amz-meta-vcmeta", "bWV0YQ"}}},
                   kExampleKeys, kVectorsTime, 900s);
  EXPECT_EQ(url.find("atch="), std::string::npos);
  EXPECT_EQ(url.find("vcmeta="), std::string::npos);
  EXPECT_EQ(url.find("bWV0YQ"), std::string::npos);
}

// The key of a day is kept; another secret, day or region must never be signed with it.
TEST(Presigner, AKeptKeyIsForItsSecretDayAndRegionAlone) {
  const HmacSigning kept;

  using Use = std::array<std::string, 3>;  // Secret, day, region.

  for (const auto& [secret, day, region] : std::vector<Use>{{"a", "20260102", "r"},
                                                            {"a", "20260102", "r"},
                                                            {"b", "20260102", "r"},
                                                            {"b", "20260103", "r"},
                                                            {"b", "20260103", "s"},
                                                            {"a", "20260102", "r"}}) {
    const Credentials keys{.access_key_id = "id", .secret_access_key = secret};
    const SigningScope scope{.scheme = kAws4, .day = day, .region = region};
    EXPECT_EQ(kept.sign(keys, scope, "text"), HmacSigning().sign(keys, scope, "text"));
  }
}

TEST(Presigner, ManyThreadsWithTwoSecretsEachGetTheirOwnSignatures) {
  const Presigner presigner(kAws4, "us-east-1");
  const SignableRequest request{.method = "GET", .host = "h", .path = "/k"};
  std::vector<std::jthread> threads;
  threads.reserve(8);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Credentials keys{.access_key_id = "id",
                             .secret_access_key = "secret" + std::to_string(i % 2)};
      const std::string expected =
          Presigner(kAws4, "us-east-1").presign(request, keys, kVectorsTime, 60s);
      for (int round = 0; round < 200; ++round) {
        ASSERT_EQ(presigner.presign(request, keys, kVectorsTime, 60s), expected);
      }
    });
  }
}

}  // namespace
}  // namespace vc::storage
