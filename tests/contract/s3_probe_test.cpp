// The probe against stores that cannot keep the promise: it says what they are, and nothing that
// could be overwritten is vended.
#include "s3_store.hpp"

#include "storage/testing/artifacts.hpp"
#include "storage/testing/recording_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

struct Specimen {
  std::string server;   // One of tests/servers.
  std::string verdict;  // What the probe must find.

  friend void PrintTo(const Specimen& specimen, std::ostream* out) { *out << specimen.server; }
};

class S3ProbeTest : public testing::TestWithParam<Specimen> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam().server);
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
  }

  std::unique_ptr<S3Driver> driver_with(ConditionPolicy policy) {
    const auto& server = *tests::StoreServer::shared(GetParam().server);
    auto driver = S3Driver::create(
        {.address = {.url = server["endpoint"], .bucket = "specimen"},
         .prefix = hex_encode(random_bytes(8)),
         .conditional = policy},
        {.http = net::make_http_client(),
         .credentials = std::make_unique<StaticCredentials>(Credentials{
             .access_key_id = server["access_key"], .secret_access_key = server["secret_key"]})},
        clock_, log_);
    EXPECT_TRUE(driver) << driver.error().message;
    (*driver)->wait_for_first_probe();
    return *std::move(driver);
  }

  SystemClock clock_;
  RecordingLog log_;
};

TEST_P(S3ProbeTest, AStoreThatDoesNotEnforceTheFirstWriteGetsNoUploadTickets) {
  const auto driver = driver_with(ConditionPolicy::require);
  const std::string expected = "conditional writes are " + GetParam().verdict + " by this store";
  const auto ticket = driver->sign_put(key_of("a"), {.size_bytes = 4}, 15min);
  ASSERT_FALSE(ticket);
  EXPECT_THAT(ticket.error().message, testing::HasSubstr(expected));
  EXPECT_THAT(ticket.error().hint, testing::HasSubstr("VC_S3_CONDITIONAL=auto"));
  EXPECT_FALSE(driver->spool(4));
  const auto ready = driver->check();
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message, testing::HasSubstr(expected));
  EXPECT_THAT(log_.messages(),
              testing::Contains(testing::HasSubstr("the object store cannot be used")));
  EXPECT_TRUE(driver->sign_get(key_of("a"), 15min)) << "what is there can be read";
}

TEST_P(S3ProbeTest, WhoAcceptsTheRiskIsServedLookingFirst) {
  const auto driver = driver_with(ConditionPolicy::automatic);
  ASSERT_TRUE(driver->check()) << driver->check().error().message;
  const auto ticket = driver->sign_put(key_of("a"), {.size_bytes = 4}, 15min);
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_FALSE(ticket->headers.find("If-None-Match"));
  EXPECT_EQ(*store(*driver, key_of("a"), "body"), Stored::created);
  EXPECT_EQ(*store(*driver, key_of("a"), "other"), Stored::exists);
  EXPECT_EQ(fetch(*driver, key_of("a")), "body");
}

INSTANTIATE_TEST_SUITE_P(Swift, S3ProbeTest,
                         testing::Values(Specimen{.server = "swift.py", .verdict = "refused"}));
INSTANTIATE_TEST_SUITE_P(S3rver, S3ProbeTest,
                         testing::Values(Specimen{.server = "s3rver.py", .verdict = "ignored"}));

}  // namespace
}  // namespace vc::storage
