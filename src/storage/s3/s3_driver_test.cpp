#include "storage/s3/s3_driver.hpp"

#include "core/testing/fake_clock.hpp"
#include "storage/s3/object_headers.hpp"
#include "storage/s3/testing/fake_s3.hpp"
#include "storage/testing/artifacts.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class S3DriverTest : public testing::Test {
 protected:
  S3Driver& driver() {
    if (!driver_) {
      auto made = S3Driver::create(options_,
                                   {.http = std::unique_ptr<net::HttpClient>(store_),
                                    .credentials = std::make_unique<StaticCredentials>(
                                        Credentials{.access_key_id = "id",
                                                    .secret_access_key = "the-secret",
                                                    .expires_at = expires_at_})},
                                   clock_, log_);
      EXPECT_TRUE(made) << made.error().message;
      driver_ = *std::move(made);
      driver_->wait_for_first_probe();
    }
    return *driver_;
  }

  Result<Ticket> put_ticket() {
    return driver().sign_put(key_of("a"), {.size_bytes = 4, .vcmeta = "bQ"}, 15min);
  }

  bool logged(std::string_view words) const {
    for (const std::string& message : log_.messages()) {
      if (message.find(words) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  FakeClock clock_;
  RecordingLog log_;
  FakeS3* store_ = new FakeS3;  // The driver's, once there is one.
  S3Options options_{.address = {.url = "http://minio:9000", .bucket = "cache"},
                     .public_url = "https://s3.example",
                     .prefix = "team"};
  std::optional<TimePoint> expires_at_;  // Of the credentials.
  std::unique_ptr<S3Driver> driver_;
};

TEST_F(S3DriverTest, AnUploadTicketSaysInHeadersWhatItIsBoundTo) {
  const auto ticket = put_ticket();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_EQ(ticket->method, "PUT");
  EXPECT_TRUE(ticket->url.starts_with("https://s3.example/cache/team/v1/default/-/velocity/"))
      << ticket->url;
  EXPECT_NE(ticket->url.find("&X-Amz-SignedHeaders="
                             "content-length%3Bhost%3Bif-none-match%3Bx-amz-meta-vcmeta&"),
            std::string::npos)
      << ticket->url;
  EXPECT_EQ(ticket->headers.find("If-None-Match"), "*");
  EXPECT_EQ(ticket->headers.find("Content-Length"), "4");
  EXPECT_EQ(ticket->headers.find("x-amz-meta-vcmeta"), "bQ");
  EXPECT_EQ(ticket->headers.size(), 3U);
}

TEST_F(S3DriverTest, ATicketDoesNotOutliveItsCredentials) {
  expires_at_ = clock_.now() + 10min;
  const auto ticket = put_ticket();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_EQ(ticket->life, 570s);  // Half a minute less, for clocks that differ.
  EXPECT_NE(ticket->url.find("&X-Amz-Expires=570&"), std::string::npos);
  EXPECT_EQ(driver().sign_get(key_of("a"), 2min)->life, 2min);

  clock_.advance(9min + 30s);
  const auto late = driver().sign_get(key_of("a"), 2min);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unavailable);
}

TEST_F(S3DriverTest, ADownloadTicketIsForTheAddressThatClientsSee) {
  const auto ticket = driver().sign_get(key_of("a"), 15min);
  ASSERT_TRUE(ticket);
  EXPECT_TRUE(ticket->url.starts_with("https://s3.example/cache/team/v1/"));
  EXPECT_NE(ticket->url.find("&X-Amz-Expires=900&"), std::string::npos);
  EXPECT_TRUE(ticket->headers.empty());
}

TEST_F(S3DriverTest, TheGatewayItselfUsesItsOwnAddress) {
  ASSERT_TRUE(driver().head(key_of("a"), Deadline::max()));
  for (const auto& request : store_->requests()) {
    EXPECT_TRUE(request.url.starts_with("http://minio:9000/cache/team/")) << request.url;
  }
}

// What the store was seen not to compare is no reason to trust it, so it is not sent.
TEST_F(S3DriverTest, AChecksumIsSignedWhereTheStoreComparesIt) {
  const UploadTerms terms{.size_bytes = 4, .sha256 = sha256("body"), .md5 = "abc=", .vcmeta = ""};
  EXPECT_FALSE(driver().sign_put(key_of("a"), terms, 15min)->headers.find("x-amz-checksum-sha256"));
  const StoreTraits md5{.condition = Condition::enforced, .enforces_md5 = true};
  EXPECT_EQ(upload_headers(kS3Dialect, terms, md5, PutMode::create_only).find("Content-MD5"),
            "abc=");
  const StoreTraits both{
      .condition = Condition::enforced, .enforces_sha256 = true, .enforces_md5 = true};
  const auto headers = upload_headers(kS3Dialect, terms, both, PutMode::create_only);
  EXPECT_EQ(headers.find("x-amz-checksum-sha256"), "Iw2DWNyOiJC0xY3utikS7i8gNXrpKlzIYbmOaP4xrLU=");
  EXPECT_FALSE(headers.find("Content-MD5"));
}

TEST_F(S3DriverTest, TheProbeSeesChecksumsCompared) {
  store_->habits.checks_sha256 = true;
  const auto ticket = driver().sign_put(
      key_of("a"), {.size_bytes = 4, .sha256 = sha256("body"), .vcmeta = "bQ"}, 15min);
  EXPECT_TRUE(ticket->headers.find("x-amz-checksum-sha256"));
}

TEST_F(S3DriverTest, AStoreThatIgnoresConditionsGetsNoUploads) {
  store_->habits.ignores_condition = true;
  const auto ticket = put_ticket();
  ASSERT_FALSE(ticket);
  EXPECT_NE(ticket.error().message.find("ignored"), std::string::npos) << ticket.error().message;
  EXPECT_FALSE(driver().spool(4));
  EXPECT_FALSE(driver().check());
  EXPECT_TRUE(driver().sign_get(key_of("a"), 15min)) << "what is there can still be read";
}

TEST_F(S3DriverTest, AStoreThatRefusesConditionsGetsNoUploads) {
  store_->habits.status_of_conditional = 501;
  const auto ticket = put_ticket();
  ASSERT_FALSE(ticket);
  EXPECT_NE(ticket.error().message.find("refused"), std::string::npos) << ticket.error().message;
}

TEST_F(S3DriverTest, ThatRiskCanBeTakenAndIsSaidPlainly) {
  options_.conditional = ConditionPolicy::automatic;
  store_->habits.status_of_conditional = 501;
  const auto ticket = put_ticket();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_FALSE(ticket->headers.find("If-None-Match"));
  EXPECT_TRUE(logged("can overwrite each other"));
  EXPECT_TRUE(driver().check());
}

TEST_F(S3DriverTest, WithoutAskingNothingIsAssumed) {
  options_.conditional = ConditionPolicy::never;
  EXPECT_FALSE(put_ticket()->headers.find("If-None-Match"));
  for (const auto& request : store_->requests()) {
    EXPECT_FALSE(request.headers.find("If-None-Match"));
  }
}

TEST_F(S3DriverTest, AbsentIsNoErrorAndAnErrorIsNotAbsent) {
  const auto absent = driver().head(key_of("a"), Deadline::max());
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
  for (const int status : {301, 400, 401, 403, 429, 500, 503, 206, 304}) {
    store_->habits.status_of_missing = status;
    EXPECT_FALSE(driver().head(key_of("a"), Deadline::max())) << status;
    EXPECT_FALSE(driver().open(key_of("a"))) << status;
  }
  store_->habits.unreachable = Error{.code = Errc::timeout, .message = "no answer"};
  EXPECT_EQ(driver().head(key_of("a"), Deadline::max()).error().code, Errc::timeout);
  EXPECT_FALSE(driver().check());
}

TEST_F(S3DriverTest, WhereMissesAnswer403TheProbeNamesThePermission) {
  store_->habits.status_of_missing = 403;
  const auto ready = driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().hint.find("s3:ListBucket"), std::string::npos);
  const auto head = driver().head(key_of("a"), Deadline::max());
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, Errc::denied);
  EXPECT_NE(head.error().hint.find("s3:ListBucket"), std::string::npos);
}

TEST_F(S3DriverTest, AStoreThatLosesMetadataIsNoStore) {
  store_->habits.drops_metadata = true;
  EXPECT_FALSE(put_ticket());
}

TEST_F(S3DriverTest, AnEmptyStoreGetsItsBucket) {
  store_->habits.has_bucket = false;
  EXPECT_TRUE(put_ticket());
}

TEST_F(S3DriverTest, AMissingBucketIsNotMadeWhenThatIsNotWanted) {
  options_.create_bucket = CreateBucket::never;
  store_->habits.has_bucket = false;
  const auto ready = driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message.find("NoSuchBucket"), std::string::npos);
}

TEST_F(S3DriverTest, WhileTheStoreIsDownNothingCanBeStoredAndTheGatewayIsNotReady) {
  store_->habits.unreachable = Error{.code = Errc::unavailable, .message = "connection refused"};
  EXPECT_FALSE(driver().check());
  EXPECT_FALSE(put_ticket());
  EXPECT_TRUE(driver().sign_get(key_of("a"), 15min));
}

TEST_F(S3DriverTest, TheProbeLeavesNothingBehind) {
  ASSERT_TRUE(put_ticket());
  EXPECT_EQ(store_->objects(), 0U);
}

TEST_F(S3DriverTest, ClocksThatDifferAreWarnedAbout) {
  store_->habits.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  ASSERT_TRUE(put_ticket());
  EXPECT_TRUE(logged("clocks"));
}

TEST_F(S3DriverTest, AHeadAfterItsDeadlineAsksNobody) {
  const std::size_t before = (driver(), store_->requests().size());
  const auto late = driver().head(key_of("a"), clock_.steady_now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::timeout);
  EXPECT_EQ(store_->requests().size(), before);
}

TEST(ObjectHeaders, AnAnnouncedExpiryIsUnderstood) {
  const auto info = object_info(kS3Dialect, {{"content-length", "42"},
                                             {"X-Amz-Meta-Vcmeta", "bQ"},
                                             {"x-amz-expiration",
                                              "expiry-date=\"Sun, 06 Nov 1994 08:49:37 "
                                              "GMT\", rule-id=\"old\""}});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->size_bytes, 42U);
  EXPECT_EQ(info->vcmeta, "bQ");
  EXPECT_EQ(info->expires_at, TimePoint(784'111'777s));
  EXPECT_FALSE(object_info(kS3Dialect, {{"content-length", "x"}}));
  EXPECT_FALSE(object_info(kS3Dialect, {}));
  EXPECT_FALSE(parse_http_date("yesterday"));
}

}  // namespace
}  // namespace vc::storage
