// Tickets of the azure driver against a real Azurite: what they allow, once, and what else.
#include "azure_store.hpp"

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

// The first write was another's: by the right that is missing (403), or by the condition (409).
bool is_lost(int status) {
  return status == 403 || status == 409;
}

// Runs over every server that speaks Azure's protocol.
class AzureTicketTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam());
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    store_ = std::make_unique<AzureStore>();
    const auto ready = store_->driver().check();
    ASSERT_TRUE(ready) << ready.error().message;
  }

  Driver& driver() { return store_->driver(); }

  static UploadTerms terms_of(std::string_view body) {
    return {.size_bytes = body.size(), .sha256 = sha256(body), .vcmeta = kTicketMetadata};
  }

  Ticket put_ticket(std::string_view name) {
    const auto ticket = driver().sign_put(key_of(name), terms_of(kBody), 15min);
    EXPECT_TRUE(ticket) << ticket.error().message;
    return ticket.value_or(Ticket{});
  }

  int send(const Ticket& ticket, std::string body = "") {
    const auto response = http_->send({.method = ticket.method,
                                       .url = ticket.url,
                                       .headers = ticket.headers,
                                       .body = std::move(body)});
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

  std::unique_ptr<AzureStore> store_;
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client({.idle_connections_max = 128});
  std::string answer_;  // The last one's body.
};

TEST_P(AzureTicketTest, WhatOneTicketStoresAnotherFetches) {
  EXPECT_EQ(send(put_ticket("a"), kBody), 201);
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
TEST_P(AzureTicketTest, AfterTheFirstWriteTheTicketIsWorthless) {
  const Ticket put = put_ticket("a");
  ASSERT_EQ(send(put, kBody), 201);
  EXPECT_TRUE(is_lost(send(put, "the poison!!")));
  EXPECT_TRUE(is_lost(send(put_ticket("a"), "the poison!!"))) << "another one as well";
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
}

// The condition is a header, which no SAS binds: the right to create has to be enough.
TEST_P(AzureTicketTest, WithoutItsConditionATicketIsAsWorthless) {
  Ticket put = put_ticket("a");
  ASSERT_EQ(send(put, kBody), 201);
  for (const std::string type : {"BlockBlob", "AppendBlob", "PageBlob"}) {
    put.headers = {{"x-ms-blob-type", type}};
    if (type == "PageBlob") {
      put.headers.add("x-ms-blob-content-length", "512");
    }
    EXPECT_TRUE(is_lost(send(put, type == "BlockBlob" ? "the poison!!" : ""))) << type;
  }
  put.headers = {{"x-ms-blob-type", "BlockBlob"}, {"If-None-Match", "\"other\""}};
  EXPECT_TRUE(is_lost(send(put, "the poison!!")));
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
  EXPECT_EQ((*driver().head(key_of("a"), Deadline::max()))->vcmeta, kTicketMetadata);
}

// Put Block and Put Block List would be a second way to the same blob.
TEST_P(AzureTicketTest, AnUploadTicketDoesNothingButCreate) {
  const Ticket put = put_ticket("a");
  const auto as = [&](std::string method, const std::string& parameters = "") {
    return Ticket{.method = std::move(method), .url = put.url + parameters, .headers = {}};
  };
  ASSERT_EQ(*store(driver(), key_of("a"), kBody, kTicketMetadata), Stored::created);
  for (const std::string method : {"GET", "HEAD", "DELETE"}) {
    EXPECT_EQ(send(as(method)), 403) << method;
  }
  Ticket metadata = as("PUT", "&comp=metadata");
  metadata.headers = {{"x-ms-meta-vcmeta", "Zm9yZ2Vk"}};
  EXPECT_EQ(send(metadata), 403);
  EXPECT_EQ(send(as("PUT", "&comp=block&blockid=AAAA"), "block"), 403);
  EXPECT_EQ(send(as("PUT", "&comp=blocklist"), "<BlockList><Latest>AAAA</Latest></BlockList>"),
            403);
  EXPECT_EQ(send(as("PUT", "&comp=properties")), 403);
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
  EXPECT_EQ((*driver().head(key_of("a"), Deadline::max()))->vcmeta, kTicketMetadata);
}

TEST_P(AzureTicketTest, ATicketIsForItsKeyItsRightAndItsTimeAlone) {
  const Ticket put = put_ticket("a");
  const auto changed = [](Ticket ticket, std::string_view from, std::string_view to) {
    const std::size_t at = ticket.url.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    ticket.url.replace(at, from.size(), to);
    return ticket;
  };
  EXPECT_EQ(send(changed(put, key_of("a").text(), key_of("b").text()), kBody), 403);
  EXPECT_EQ(send(changed(put, "&sp=c&", "&sp=cw&"), kBody), 403);
  EXPECT_EQ(send(changed(put, "?se=20", "?se=21"), kBody), 403);
  EXPECT_EQ(send(changed(put, "&sr=b&", "&sr=c&"), kBody), 403);
  EXPECT_FALSE(has(driver(), key_of("a")));
  EXPECT_FALSE(has(driver(), key_of("b")));
}

TEST_P(AzureTicketTest, ADownloadTicketDownloadsOneBlob) {
  ASSERT_EQ(*store(driver(), key_of("a"), kBody), Stored::created);
  const auto get = driver().sign_get(key_of("a"), 15min);
  EXPECT_EQ(send({.method = "PUT", .url = get->url, .headers = put_ticket("a").headers}, kBody),
            403);
  EXPECT_EQ(send({.method = "DELETE", .url = get->url, .headers = {}}), 403);
  EXPECT_EQ(send(*driver().sign_get(key_of("absent"), 15min)), 404);
  EXPECT_EQ(fetch(driver(), key_of("a")), kBody);
}

TEST_P(AzureTicketTest, AnExpiredTicketIsRefused) {
  FakeClock clock;
  clock.advance(SystemClock().now() - clock.now());
  const auto late = store_->handle(store_->options(), clock);
  ASSERT_EQ(*store(*late, key_of("a"), kBody), Stored::created);
  clock.advance(-15min - 1s);
  EXPECT_EQ(send(*late->sign_get(key_of("a"), 15min)), 403);
  EXPECT_EQ(send(*late->sign_put(key_of("b"), terms_of(kBody), 15min), kBody), 403);
  EXPECT_FALSE(has(driver(), key_of("b")));
}

TEST_P(AzureTicketTest, OtherBytesThanTheStatedMd5AreRefused) {
  UploadTerms terms = terms_of(kBody);
  terms.md5 = kMd5;
  const auto put = driver().sign_put(key_of("a"), terms, 15min);
  ASSERT_TRUE(put);
  EXPECT_EQ(put->headers.find("Content-MD5"), kMd5);
  EXPECT_EQ(send(*put, "the poison!!"), 400);
  EXPECT_FALSE(has(driver(), key_of("a")));
  EXPECT_EQ(send(*put, kBody), 201);
}

TEST_P(AzureTicketTest, AWrongKeyIsAnErrorThatSaysWhatToCheck) {
  AzureOptions options = store_->options();
  options.account_key = base64_encode(as_bytes("not the key"));
  const SystemClock clock;
  const auto stranger = store_->handle(options, clock);
  const auto ready = stranger->check();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::denied);
  EXPECT_NE(ready.error().hint.find("VC_AZURE_ACCOUNT_KEY"), std::string::npos);
  EXPECT_FALSE(stranger->head(key_of("a"), Deadline::max())) << "never a miss";
}

TEST_P(AzureTicketTest, AMissingContainerIsAnErrorAndNoMiss) {
  AzureOptions options = store_->options();
  options.address.container = "missing";
  options.create_container = CreateContainer::never;
  const SystemClock clock;
  const auto lost = store_->handle(options, clock);
  const auto ready = lost->check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().hint.find("VC_AZURE_CREATE_CONTAINER"), std::string::npos);
  EXPECT_FALSE(lost->head(key_of("a"), Deadline::max()));
  EXPECT_FALSE(lost->open(key_of("a")));
}

// B4: two replicas of the gateway sign, 64 clients write at once.
TEST_P(AzureTicketTest, OfManyWritersThroughTwoReplicasExactlyOneWins) {
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
  EXPECT_EQ(std::ranges::count(statuses, 201), 1);
  EXPECT_EQ(std::ranges::count_if(statuses, is_lost), static_cast<int>(kRacers) - 1);
  const auto winner = static_cast<std::size_t>(std::ranges::find(statuses, 201) - statuses.begin());
  EXPECT_EQ(fetch(driver(), key_of("raced")), body_of(winner));
  EXPECT_EQ(fetch(*second, key_of("raced")), body_of(winner));
}

INSTANTIATE_TEST_SUITE_P(Azurite, AzureTicketTest, testing::Values(kAzurite));

}  // namespace
}  // namespace vc::storage
