// S3Driver in Google's dialect.
#include "core/testing/fake_clock.hpp"
#include "core/testing/rsa_test_keys.hpp"
#include "storage/gcs/gcs_dialect.hpp"
#include "storage/gcs/rsa_signing.hpp"
#include "storage/s3/s3_driver.hpp"
#include "storage/s3/testing/fake_s3.hpp"
#include "storage/testing/artifacts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class GcsDriverTest : public testing::Test {
 protected:
  S3Driver& driver() {
    if (!driver_) {
      const auto key = RsaKey::parse(kRsaTestKey);
      EXPECT_TRUE(key);
      auto made = S3Driver::create(
          {.dialect = kGcsDialect,
           .address = {.bucket = "cache"},
           .prefix = "team",
           .create_bucket = CreateBucket::never},
          {.http = std::unique_ptr<net::HttpClient>(store_),
           .credentials = std::make_unique<StaticCredentials>(
               Credentials{.access_key_id = "gateway@project.iam.gserviceaccount.com"}),
           .signing = std::make_shared<RsaSigning>(*key)},
          clock_, log_);
      EXPECT_TRUE(made) << made.error().message;
      driver_ = *std::move(made);
      driver_->wait_for_first_probe();
    }
    return *driver_;
  }

  Result<Ticket> put_ticket() {
    return driver().sign_put(key_of("a"),
                             {.size_bytes = 4, .sha256 = sha256("body"), .vcmeta = "bQ"}, 15min);
  }

  FakeClock clock_;
  NullLog log_;
  FakeS3* store_ = new FakeS3(kGcsDialect);  // The driver's, once there is one.
  std::unique_ptr<S3Driver> driver_;
};

TEST_F(GcsDriverTest, AnUploadTicketSaysInGooglesHeadersWhatItIsBoundTo) {
  const auto ticket = put_ticket();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_TRUE(
      ticket->url.starts_with("https://storage.googleapis.com/cache/team/v1/default/-/velocity/"))
      << ticket->url;
  EXPECT_NE(ticket->url.find("?X-Goog-Algorithm=GOOG4-RSA-SHA256&"), std::string::npos);
  EXPECT_NE(ticket->url.find("%2Fauto%2Fstorage%2Fgoog4_request&"), std::string::npos);
  EXPECT_NE(
      ticket->url.find("&X-Goog-SignedHeaders="
                       "content-length%3Bhost%3Bx-goog-if-generation-match%3Bx-goog-meta-vcmeta&"),
      std::string::npos)
      << ticket->url;
  EXPECT_EQ(ticket->headers.find("x-goog-if-generation-match"), "0");
  EXPECT_EQ(ticket->headers.find("Content-Length"), "4");
  EXPECT_EQ(ticket->headers.find("x-goog-meta-vcmeta"), "bQ");
  EXPECT_EQ(ticket->headers.size(), 3U);
  EXPECT_EQ(driver().name(), "gcs");
}

// Google refuses requests that mix both.
TEST_F(GcsDriverTest, NoRequestSpeaksTheOtherDialect) {
  ASSERT_TRUE(put_ticket());
  ASSERT_TRUE(store(driver(), key_of("a"), "body", "bQ"));
  ASSERT_TRUE(has(driver(), key_of("a")));
  EXPECT_FALSE(store_->requests().empty());
  for (const auto& request : store_->requests()) {
    EXPECT_EQ(request.url.find("X-Amz"), std::string::npos) << request.url;
    for (const auto& [name, value] : request.headers) {
      EXPECT_FALSE(name.starts_with("x-amz")) << name;
      EXPECT_NE(name, "If-None-Match");
      EXPECT_NE(name, "") << "no checksum in SHA-256 there";
    }
  }
}

TEST_F(GcsDriverTest, AStoreThatIgnoresTheGenerationGetsNoUploads) {
  store_->habits.ignores_condition = true;
  const auto ticket = put_ticket();
  ASSERT_FALSE(ticket);
  EXPECT_NE(ticket.error().message.find("ignored"), std::string::npos) << ticket.error().message;
  EXPECT_NE(ticket.error().hint.find("x-goog-if-generation-match"), std::string::npos);
  EXPECT_NE(ticket.error().hint.find("VC_GCS_CONDITIONAL"), std::string::npos);
}

TEST_F(GcsDriverTest, RemediesAreInGooglesWords) {
  store_->habits.status_of_missing = 403;
  const auto ready = driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().hint.find("storage.objects.list"), std::string::npos);
}

TEST_F(GcsDriverTest, AMissingBucketIsNotMade) {
  store_->habits.has_bucket = false;
  const auto ready = driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().hint.find("VC_GCS_BUCKET"), std::string::npos);
  EXPECT_FALSE(store_->habits.has_bucket);
}

}  // namespace
}  // namespace vc::storage
