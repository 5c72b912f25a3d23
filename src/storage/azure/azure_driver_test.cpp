#include "storage/azure/azure_driver.hpp"

#include "core/testing/fake_clock.hpp"
#include "storage/azure/azure_spool.hpp"
#include "storage/azure/testing/fake_azure.hpp"
#include "storage/testing/artifacts.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class AzureDriverTest : public testing::Test {
 protected:
  AzureDriver& driver() {
    if (!driver_) {
      auto made =
          AzureDriver::create(options_, std::unique_ptr<net::HttpClient>(store_), clock_, log_);
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
  FakeAzure* store_ = new FakeAzure;  // The driver's, once there is one.
  AzureOptions options_{.address = {.url = "http://azurite:10000/velocity",
                                    .account = "velocity",
                                    .container = "cache"},
                        .account_key = "dGhlLXNlY3JldA==",
                        .public_url = "https://blobs.example",
                        .prefix = "team"};
  std::unique_ptr<AzureDriver> driver_;
};

TEST_F(AzureDriverTest, AnUploadTicketHasTheRightToCreateAndNoOther) {
  const auto ticket = put_ticket();
  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_EQ(ticket->method, "PUT");
  EXPECT_TRUE(ticket->url.starts_with("https://blobs.example/cache/team/v1/default/-/velocity/"))
      << ticket->url;
  EXPECT_NE(ticket->url.find("&sp=c&spr=https&sr=b&"), std::string::npos) << ticket->url;
  EXPECT_NE(ticket->url.find("?se=2027-01-15T08%3A15%3A00Z&"), std::string::npos) << ticket->url;
  EXPECT_EQ(ticket->life, 15min);
  EXPECT_EQ(ticket->headers.find("If-None-Match"), "*");
  EXPECT_EQ(ticket->headers.find("Content-Length"), "4");
  EXPECT_EQ(ticket->headers.find("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(ticket->headers.find("x-ms-meta-vcmeta"), "bQ");
  EXPECT_EQ(ticket->headers.size(), 4U);
}

TEST_F(AzureDriverTest, ADownloadTicketHasTheRightToReadAndNoHeaders) {
  const auto ticket = driver().sign_get(key_of("a"), 2min);
  ASSERT_TRUE(ticket);
  EXPECT_NE(ticket->url.find("&sp=r&"), std::string::npos);
  EXPECT_EQ(ticket->life, 2min);
  EXPECT_TRUE(ticket->headers.empty());
}

TEST_F(AzureDriverTest, TheGatewayItselfUsesItsOwnAddress) {
  ASSERT_TRUE(driver().head(key_of("a"), Deadline::max()));
  for (const auto& request : store_->requests()) {
    EXPECT_TRUE(request.url.starts_with("http://azurite:10000/velocity/cache/team/"))
        << request.url;
  }
}

TEST_F(AzureDriverTest, AStatedMd5IsSentWhereTheServiceComparesIt) {
  const UploadTerms terms{.size_bytes = 4, .md5 = "abc=", .vcmeta = "bQ"};
  EXPECT_EQ(driver().sign_put(key_of("a"), terms, 15min)->headers.find("Content-MD5"), "abc=");
}

TEST_F(AzureDriverTest, WhereItDoesNotTheHeaderIsLeftOut) {
  store_->habits.compares_md5 = false;
  const UploadTerms terms{.size_bytes = 4, .md5 = "abc=", .vcmeta = "bQ"};
  EXPECT_FALSE(driver().sign_put(key_of("a"), terms, 15min)->headers.find("Content-MD5"));
}

// 403 with Azure's code and with Azurite's, 409 where the condition is looked at first.
TEST_F(AzureDriverTest, ARefusedCreationMeansThatSomebodyWasFirst) {
  struct Refusal {
    int status;
    std::string code;
  };

  for (const auto& [status, code] :
       {Refusal{403, "UnauthorizedBlobOverwrite"}, Refusal{403, "AuthorizationPermissionMismatch"},
        Refusal{409, "BlobAlreadyExists"}, Refusal{412, "ConditionNotMet"}}) {
    store_->habits.status_of_refusal = status;
    store_->habits.code_of_refusal = code;
    ASSERT_TRUE(store(driver(), key_of(code), "first"));
    EXPECT_EQ(*store(driver(), key_of(code), "second"), Stored::exists) << code;
  }
}

TEST_F(AzureDriverTest, AnotherRefusalIsAnError) {
  ASSERT_TRUE(store(driver(), key_of("a"), "first"));
  store_->habits.status_of_refusal = 409;
  store_->habits.code_of_refusal = "ContainerBeingDeleted";
  const auto stored = store(driver(), key_of("a"), "second");
  ASSERT_FALSE(stored);
  EXPECT_EQ(stored.error().code, Errc::conflict);
  store_->habits.status_of_refusal = 403;
  store_->habits.code_of_refusal = "AuthenticationFailed";
  EXPECT_EQ(store(driver(), key_of("a"), "second").error().code, Errc::denied);
}

TEST_F(AzureDriverTest, AServiceWhereCreatingReplacesGetsNoUploads) {
  store_->habits.creating_replaces = true;
  const auto ticket = put_ticket();
  ASSERT_FALSE(ticket);
  EXPECT_NE(ticket.error().message.find("replace"), std::string::npos) << ticket.error().message;
  EXPECT_FALSE(driver().spool(4));
  EXPECT_FALSE(driver().check());
  EXPECT_TRUE(driver().sign_get(key_of("a"), 15min)) << "what is there can still be read";
}

// The condition is a header, and no header is signed.
TEST_F(AzureDriverTest, AServiceThatNeedsTheConditionGetsNoUploads) {
  store_->habits.condition_is_enough = true;
  EXPECT_FALSE(put_ticket());
}

TEST_F(AzureDriverTest, AbsentIsNoErrorAndAnErrorIsNotAbsent) {
  const auto absent = driver().head(key_of("a"), Deadline::max());
  ASSERT_TRUE(absent);
  EXPECT_FALSE(*absent);
  for (const int status : {301, 400, 401, 403, 404, 429, 500, 503, 206, 304}) {
    store_->habits.answer_to_get = net::ClientResponse{.status = status, .headers = {}, .body = ""};
    EXPECT_FALSE(driver().head(key_of("a"), Deadline::max())) << status;
    EXPECT_FALSE(driver().open(key_of("a"))) << status;
  }
  store_->habits.answer_to_get = FakeAzure::refusal(404, "ContainerNotFound");
  const auto lost = driver().head(key_of("a"), Deadline::max());
  ASSERT_FALSE(lost) << "a lost container is no miss";
  EXPECT_NE(lost.error().hint.find("VC_AZURE_CREATE_CONTAINER"), std::string::npos);
  store_->habits.unreachable = Error{.code = Errc::timeout, .message = "no answer"};
  EXPECT_EQ(driver().head(key_of("a"), Deadline::max()).error().code, Errc::timeout);
  EXPECT_FALSE(driver().check());
}

TEST_F(AzureDriverTest, WhatTheServiceSaysIsNoTextForALog) {
  ASSERT_TRUE(driver().check());
  store_->habits.answer_to_get = FakeAzure::refusal(403, "<b>\x1b[2J");
  const auto head = driver().head(key_of("a"), Deadline::max());
  ASSERT_FALSE(head);
  EXPECT_TRUE(head.error().message.ends_with("answered 403")) << head.error().message;
}

TEST_F(AzureDriverTest, ALengthThatIsNoneIsAnError) {
  ASSERT_TRUE(driver().check());
  for (const std::string length : {"", "-1", "x", "99999999999999999999"}) {
    store_->habits.answer_to_get =
        net::ClientResponse{.status = 200, .headers = {{"Content-Length", length}}, .body = ""};
    EXPECT_FALSE(driver().head(key_of("a"), Deadline::max())) << length;
  }
}

TEST_F(AzureDriverTest, AServiceThatLosesMetadataIsNoStore) {
  store_->habits.drops_metadata = true;
  EXPECT_FALSE(put_ticket());
}

TEST_F(AzureDriverTest, AnEmptyServiceGetsItsContainer) {
  store_->habits.has_container = false;
  EXPECT_TRUE(put_ticket());
}

TEST_F(AzureDriverTest, AMissingContainerIsNotMadeOnAzureUnlessThatIsWanted) {
  options_.address.url = "https://velocity.blob.core.windows.net";
  store_->habits.has_container = false;
  const auto ready = driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message.find("ContainerNotFound"), std::string::npos);
}

TEST_F(AzureDriverTest, WhileTheServiceIsDownNothingCanBeStoredAndTheGatewayIsNotReady) {
  store_->habits.unreachable = Error{.code = Errc::unavailable, .message = "connection refused"};
  EXPECT_FALSE(driver().check());
  EXPECT_FALSE(put_ticket());
  EXPECT_TRUE(driver().sign_get(key_of("a"), 15min));
}

TEST_F(AzureDriverTest, TheProbeLeavesNothingBehind) {
  ASSERT_TRUE(put_ticket());
  EXPECT_EQ(store_->blobs(), 0U);
}

TEST_F(AzureDriverTest, ClocksThatDifferAreWarnedAbout) {
  store_->habits.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  ASSERT_TRUE(put_ticket());
  EXPECT_TRUE(logged("clocks"));
}

TEST_F(AzureDriverTest, AHeadAfterItsDeadlineAsksNobody) {
  const std::size_t before = (driver(), store_->requests().size());
  const auto late = driver().head(key_of("a"), clock_.steady_now());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::timeout);
  EXPECT_EQ(store_->requests().size(), before);
}

TEST_F(AzureDriverTest, WhatOnePutDoesNotTakeIsTooLarge) {
  options_.object_bytes_max = 10ULL << 40;
  EXPECT_EQ(driver().limits().object_bytes_max, kBlobBytesMax);
}

// The service and its clients may drop a dot at the end of a segment: "a." would be "a".
TEST(BlobName, IsTheKeysWithoutSegmentsThatEndInADot) {
  const auto name = [](std::string_view scope, std::string_view key) {
    return blob_name(*wire::ObjectKey::create(*wire::Scope::parse(scope), "ccache", key));
  };
  EXPECT_EQ(name("a", "abc"), "v1/a/-/ccache/ab/abc");
  EXPECT_EQ(name("a.", "a.."), "v1/a.~/-/ccache/a.~/a..~");
  EXPECT_EQ(name("a.b", "a.c"), "v1/a.b/-/ccache/a.~/a.c");
  EXPECT_EQ(
      (std::set{name("a", "bc"), name("a.", "bc"), name("a", "bc."), name("a.", "bc.")}).size(),
      4U);
}

}  // namespace
}  // namespace vc::storage
