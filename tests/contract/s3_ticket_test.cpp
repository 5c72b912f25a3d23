// Tickets against a real store: what they allow, once, and nothing else.
#include "s3_store.hpp"

#include "net/http_client.hpp"
#include "storage/testing/artifacts.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

const std::string kTicketMetadata = "eyJzY29wZSI6ImRlZmF1bHQifQ";
const std::string kBody = "the artifact";
// Of "the artifact".
const std::string kMd5 = "e69YYcTP67Azpev1B8t/Sw==";

// A header that was signed and is missing is forbidden to some stores, a bad request to others.
bool is_refused(int status) {
  return status == 403 || status == 400;
}

// Runs over every store that speaks S3 or its dialect.
class S3TicketTest : public testing::TestWithParam<StoreProgram> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam().program);
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    store_ = std::make_unique<S3Store>(GetParam());
    ASSERT_TRUE(store_->driver().check());
  }

  Driver& driver() { return store_->driver(); }

  static UploadTerms terms_of(std::string_view body) {
    return {.size_bytes = body.size(), .sha256 = sha256(body), .vcmeta = kTicketMetadata};
  }

  int send(const Ticket& ticket, std::string body = "") {
    net::ClientRequest request;
    request.method = ticket.method;
    request.url = ticket.url;
    request.headers = ticket.headers;
    request.body = std::move(body);
    const auto response = http_->send(request);
    EXPECT_TRUE(response) << response.error().message;
    answer_ = response ? response->body : "";
    return response ? response->status : 0;
  }

  // The status of one of many uploads under one key.
  int put_raced(const Driver& replica, const std::string& body, std::latch& start) {
    const auto ticket = replica.sign_put(key_of("raced"), terms_of(body), 15min);
    net::ClientRequest request{.method = "PUT", .body = body};
    if (ticket) {
      request.url = ticket->url;
      request.headers = ticket->headers;
    }
    start.arrive_and_wait();
    const auto response = http_->send(request);
    EXPECT_TRUE(response) << response.error().message;
    return response ? response->status : 0;
  }

  static Ticket without(const Ticket& ticket, std::string_view header) {
    Ticket less{.method = ticket.method, .url = ticket.url};
    for (const auto& [name, value] : ticket.headers) {
      if (!net::equal_ignoring_case(name, header)) {
        less.headers.add(name, value);
      }
    }
    return less;
  }

  std::unique_ptr<S3Store> store_;
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client({.idle_connections_max = 128});
  std::string answer_;  // The last one's body.
};

TEST_P(S3TicketTest, WhatOneTicketStoresAnotherFetches) {
  const auto put = driver().sign_put(key_of("a"), terms_of(kBody), 15min);
  ASSERT_TRUE(put) << put.error().message;
  EXPECT_EQ(send(*put, kBody), 200);
  const auto info = driver().head(key_of("a"), Deadline::max());
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->size_bytes, kBody.size());
  EXPECT_EQ((*info)->vcmeta, kTicketMetadata);
  const auto get = driver().sign_get(key_of("a"), 15min);
  ASSERT_TRUE(get);
  EXPECT_EQ(send(*get), 200);
  EXPECT_EQ(answer_, kBody);
}

// B4
TEST_P(S3TicketTest, AfterTheFirstWriteTheTicketIsWorthless) {
  const auto put = driver().sign_put(key_of("a"), terms_of(kBody), 15min);
  ASSERT_EQ(send(*put, kBody), 200);
  EXPECT_EQ(send(*put, "the poison!!"), 412);
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
}

TEST_P(S3TicketTest, NothingOfATicketCanBeLeftOutOrChanged) {
  const auto put = driver().sign_put(key_of("a"), terms_of(kBody), 15min);
  ASSERT_TRUE(put);
  EXPECT_TRUE(is_refused(send(without(*put, GetParam().dialect.condition_header), kBody)));
  EXPECT_TRUE(is_refused(send(without(*put, GetParam().dialect.vcmeta_header), kBody)));
  EXPECT_EQ(send(*put, kBody + "!"), 403) << "another length";
  Ticket other = *put;
  other.headers.set(std::string(GetParam().dialect.vcmeta_header), "Zm9yZ2Vk");
  EXPECT_EQ(send(other, kBody), 403);
  other = *put;
  other.headers.set(std::string(GetParam().dialect.condition_header), "1");
  EXPECT_EQ(send(other, kBody), 403);
  other = *put;
  other.method = "GET";
  EXPECT_TRUE(is_refused(send(other))) << "another method";
  other = *put;
  const std::string hex = key_of("a").text();
  other.url.replace(other.url.find(hex), hex.size(), key_of("b").text());
  EXPECT_EQ(send(other, kBody), 403) << "another key";
  EXPECT_FALSE(has(driver(), key_of("a")));
  EXPECT_FALSE(has(driver(), key_of("b")));
}

TEST_P(S3TicketTest, ADownloadTicketDownloadsOneObject) {
  ASSERT_EQ(*store(driver(), key_of("a"), kBody), Stored::created);
  const auto get = driver().sign_get(key_of("a"), 15min);
  for (const std::string method : {"PUT", "DELETE"}) {
    EXPECT_EQ(send({.method = method, .url = get->url}), 403) << method;
  }
  EXPECT_EQ(send(*driver().sign_get(key_of("absent"), 15min)), 404);
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
}

// The probe has seen which digest the store compares: Ceph RGW 16 knows Content-MD5 only.
TEST_P(S3TicketTest, OtherBytesThanAnnouncedAreRefusedWhereTheStoreCanTell) {
  UploadTerms terms = terms_of(kBody);
  terms.md5 = kMd5;
  const auto put = driver().sign_put(key_of("a"), terms, 15min);
  ASSERT_TRUE(put);
  EXPECT_TRUE(put->headers.find(GetParam().dialect.sha256_header) ||
              put->headers.find("Content-MD5") == kMd5);
  EXPECT_EQ(send(*put, "the poison!!"), 400);
  EXPECT_FALSE(has(driver(), key_of("a")));
  EXPECT_EQ(send(*put, kBody), 200);
}

TEST_P(S3TicketTest, ATicketExpires) {
  const auto get = driver().sign_get(key_of("a"), 1s);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  int status = 404;
  while (status == 404 && std::chrono::steady_clock::now() < deadline) {
    status = send(*get);  // The store's clock cannot be moved.
  }
  EXPECT_TRUE(is_refused(status)) << status;  // 400 is Google's answer.
}

TEST_P(S3TicketTest, WrongCredentialsAreAnErrorThatSaysWhatToCheck) {
  const auto driver =
      store_->handle_of(impostor_of(*tests::StoreServer::shared(GetParam().program)));
  const auto ready = driver->check();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::denied);
  EXPECT_NE(ready.error().hint.find(GetParam().dialect.hints.wrong_signature), std::string::npos)
      << ready.error().message << ": " << ready.error().hint;
  EXPECT_FALSE(driver->head(key_of("a"), Deadline::max())) << "never a miss";
}

// B4: two replicas of the gateway sign, 64 clients write at once.
TEST_P(S3TicketTest, OfManyWritersThroughTwoReplicasExactlyOneWins) {
  constexpr std::size_t kRacers = 64;
  const auto second = store_->another_handle();
  const auto body_of = [](std::size_t writer) {
    return std::string(50'000, static_cast<char>('0' + writer));
  };
  std::array<int, kRacers> statuses{};
  {
    std::latch start(kRacers);
    std::vector<std::jthread> writers;
    writers.reserve(kRacers);
    for (std::size_t writer = 0; writer < kRacers; ++writer) {
      writers.emplace_back([&, writer] {
        const Driver& replica = writer % 2 == 0 ? driver() : *second;
        statuses[writer] = put_raced(replica, body_of(writer), start);
      });
    }
  }
  EXPECT_EQ(std::ranges::count(statuses, 200), 1);
  EXPECT_EQ(std::ranges::count(statuses, 412), static_cast<int>(kRacers) - 1);
  const auto winner = static_cast<std::size_t>(std::ranges::find(statuses, 200) - statuses.begin());
  EXPECT_EQ(fetch(driver(), key_of("raced")), body_of(winner));
  EXPECT_EQ(fetch(*second, key_of("raced")), body_of(winner));
}

INSTANTIATE_TEST_SUITE_P(CephRgw, S3TicketTest,
                         testing::Values(StoreProgram{.program = "ceph_rgw.py"}));
INSTANTIATE_TEST_SUITE_P(Minio, S3TicketTest, testing::Values(StoreProgram{.program = "minio.py"}));
INSTANTIATE_TEST_SUITE_P(Gcs, S3TicketTest,
                         testing::Values(StoreProgram{.program = "fake_gcs.py",
                                                      .dialect = kGcsDialect}));

}  // namespace
}  // namespace vc::storage
