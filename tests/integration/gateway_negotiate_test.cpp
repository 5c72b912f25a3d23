// The native protocol through real sockets.
#include "gateway_fixture.hpp"

#include "gateway/testing/scripted_driver.hpp"
#include "wire/vcmeta.hpp"

namespace vc::gateway {
namespace {

using wire::Action;
using wire::Status;

std::string json_request(std::string_view hash) {
  return fmt::format(R"({{"hash":"{}","action":"download"}})", hash);
}

// Valid JSON of exactly `bytes`, by spaces at its end.
std::string padded(std::string json, std::size_t bytes) {
  json.resize(bytes, ' ');
  return json;
}

using NegotiateTest = GatewayTest;

INSTANTIATE_TEST_SUITE_P(Stores, NegotiateTest, kBothStores, name_of_store);

TEST_P(NegotiateTest, WhatWasUploadedComesBackUnderItsSeal) {
  EXPECT_EQ(gateway_->download(kKey), std::nullopt);
  EXPECT_EQ(gateway_->upload(kKey, "the artifact"), 200);
  EXPECT_EQ(gateway_->download(kKey), "the artifact");

  const auto found = gateway_->negotiate(kKey, Action::download);
  EXPECT_EQ(found.size_bytes, 12);
  EXPECT_EQ(found.scope, "default");
  const std::vector keys{default_options().seal.verify_key()};
  const auto sealed = wire::open_vcmeta(found.vcmeta, keys).value();
  EXPECT_EQ(sealed.meta.key, kKey.hex());
  EXPECT_EQ(sealed.meta.sha256, sha256("the artifact"));
  EXPECT_EQ(sealed.meta.provenance.at("subject"), "token:default");
}

TEST_P(NegotiateTest, ASecondUploadIsSkippedAndASecondSealDoesNotReplaceTheFirst) {
  gateway_->upload(kKey, "first");
  const std::string first = gateway_->negotiate(kKey, Action::download).vcmeta;
  EXPECT_EQ(gateway_->ask_to_upload(kKey, "second").status, Status::skipped);
  EXPECT_EQ(gateway_->negotiate(kKey, Action::download).vcmeta, first);
}

TEST_P(NegotiateTest, AMissIs200WithItsWord) {
  const auto answer = gateway_->send("POST", "/v1/negotiate", json_request(kKey.hex()));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"status":"missing"})");
  EXPECT_EQ(answer.header("Content-Type"), "application/json");
}

TEST_P(NegotiateTest, OneRoundTripServesHitAndMiss) {
  wire::NegotiateRequest request;
  request.hash = kKey;
  const auto ticket = gateway_->negotiate(request);
  ASSERT_EQ(ticket.status, Status::upload_needed);
  EXPECT_EQ(gateway_->send("PUT", ticket.url, "body").status, 200);
  EXPECT_EQ(gateway_->negotiate(request).status, Status::found);
  EXPECT_EQ(gateway_->metric("vc_cache_misses"), "1");
  EXPECT_EQ(gateway_->metric("vc_cache_hits"), "1");
}

// The client of the original gateway: no size, no digest, the bearer token to the ticket's URL as
// well, none of the ticket's headers, and only 200 is success.
TEST_P(NegotiateTest, TheOriginalsClientWorksUnmodified) {
  const std::string body = fmt::format(R"({{"hash":"{}","action":"upload"}})", kKey.hex());
  const auto needed = gateway_->send("POST", "/v1/negotiate", body);
  ASSERT_EQ(needed.status, 200);
  const auto ticket = wire::parse_reply(needed.body).value();
  ASSERT_EQ(ticket.status, Status::upload_needed);
  EXPECT_TRUE(ticket.headers.empty()) << "it would not send them";
  EXPECT_EQ(gateway_->send("PUT", ticket.url, "PK zip").status, 200);

  const auto found = gateway_->send("POST", "/v1/negotiate", json_request(kKey.hex()));
  ASSERT_EQ(found.status, 200);
  const auto got = gateway_->send("GET", wire::parse_reply(found.body).value().url);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "PK zip");
  EXPECT_EQ(gateway_->send("POST", "/v1/negotiate", body).body, R"({"status":"skipped"})");
}

TEST_P(NegotiateTest, ABatchAnswersInOrderAndABadItemOnlyForItself) {
  gateway_->upload(kKey, "x");
  const auto answer = gateway_->send(
      "POST", "/v1/negotiate/batch",
      fmt::format(R"({{"requests":[{},{{"hash":"../x"}},{},{{"hash":"{}","action":"upload"}}]}})",
                  json_request(kKey.hex()), json_request(sha256("absent").hex()),
                  sha256("new").hex()));
  ASSERT_EQ(answer.status, 200);
  const auto replies = wire::parse_batch_reply(answer.body).value();
  ASSERT_EQ(replies.size(), 4);
  EXPECT_EQ(replies[0].status, Status::found);
  EXPECT_EQ(replies[1].problem.status, 400);
  EXPECT_EQ(replies[2].status, Status::missing);
  EXPECT_EQ(replies[3].status, Status::upload_needed);
  EXPECT_EQ(gateway_->send("GET", replies[0].url).body, "x");
  EXPECT_EQ(gateway_->send("PUT", replies[3].url, "new").status, 200);
}

TEST_P(NegotiateTest, ABatchTakesAThousandItemsAndNotOneMore) {
  const auto batch = [&](std::size_t count) {
    return gateway_->send("POST", "/v1/negotiate/batch",
                          wire::batch_request_json(std::vector<wire::NegotiateRequest>(count)));
  };
  const auto full = batch(wire::kBatchItemsMax);
  ASSERT_EQ(full.status, 200);
  EXPECT_EQ(wire::parse_batch_reply(full.body).value().size(), wire::kBatchItemsMax);
  const auto over = batch(wire::kBatchItemsMax + 1);
  EXPECT_EQ(over.status, 413);
  EXPECT_NE(wire::parse_problem(413, over.body).detail.find("1001"), std::string::npos);
}

// B10: bodies have a limit, and it is exact.
TEST_P(NegotiateTest, BodiesAreTakenUpToTheirLimitAndNotOneByteMore) {
  const std::string single = json_request(kKey.hex());
  const std::string batch = R"({"requests":[]})";
  EXPECT_EQ(
      gateway_->send("POST", "/v1/negotiate", padded(single, wire::kSingleRequestBytesMax)).status,
      200);
  EXPECT_EQ(
      gateway_->send("POST", "/v1/negotiate", padded(single, wire::kSingleRequestBytesMax + 1))
          .status,
      413);
  EXPECT_EQ(
      gateway_->send("POST", "/v1/negotiate/batch", padded(batch, wire::kBatchRequestBytesMax))
          .status,
      200);
  EXPECT_EQ(
      gateway_->send("POST", "/v1/negotiate/batch", padded(batch, wire::kBatchRequestBytesMax + 1))
          .status,
      413);
}

TEST_P(NegotiateTest, MalformedJsonIsA400ThatSaysWhere) {
  const auto answer = gateway_->send("POST", "/v1/negotiate", R"({"hash":})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  EXPECT_NE(answer.body.find("at byte 8"), std::string::npos) << answer.body;
  EXPECT_EQ(gateway_->send("POST", "/v1/negotiate", "").status, 400);
  EXPECT_EQ(gateway_->send("POST", "/v1/negotiate/batch", "[]").status, 400);
}

// B1: a hash is a digest or nothing happens.
TEST_P(NegotiateTest, AHostileHashIs400AndNeverEchoed) {
  for (const std::string& hash :
       {std::string("../../etc/passwd"), std::string("%2e%2e%2fx"), std::string("\\u0000"),
        std::string(".."), std::string(), std::string(4096, 'a'), std::string(64, 'A')}) {
    const auto answer = gateway_->send("POST", "/v1/negotiate", json_request(hash));
    EXPECT_EQ(answer.status, 400) << hash;
    EXPECT_EQ(answer.body.find("passwd"), std::string::npos);
  }
}

TEST_P(NegotiateTest, AReaderReadsAndDoesNotWrite) {
  gateway_->upload(kKey, "x");
  const net::Headers reader = {{"Authorization", "Bearer token-of-a-reader"}};
  EXPECT_EQ(gateway_->send("POST", "/v1/negotiate", json_request(kKey.hex()), reader).status, 200);
  const auto refused =
      gateway_->send("POST", "/v1/negotiate",
                     fmt::format(R"({{"hash":"{}","action":"upload"}})", kKey.hex()), reader);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(wire::parse_problem(403, refused.body).code, "denied");
  EXPECT_EQ(gateway_->send("PUT", "/v1/proxy/blob/" + kKey.hex(), "y", reader).status, 403);
}

// B29: the URL is the one that the client used, whatever the port.
TEST_P(NegotiateTest, TicketsPointWhereTheClientCameFrom) {
  const auto url_for = [&](net::Headers headers) {
    headers.add("Authorization", kBearer);
    const auto answer = gateway_->send(
        "POST", "/v1/negotiate", fmt::format(R"({{"hash":"{}","action":"upload"}})", kKey.hex()),
        std::move(headers));
    return answer.status == 200 ? wire::parse_reply(answer.body)->url
                                : std::to_string(answer.status);
  };
  EXPECT_TRUE(url_for({}).starts_with(gateway_->url("/v1/blobs/")));
  EXPECT_TRUE(url_for({{"Host", "cache.example:81"}}).starts_with("http://cache.example:81/v1/"));
  EXPECT_TRUE(url_for({{"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "cache.example"}})
                  .starts_with("https://cache.example/v1/blobs/"));
  EXPECT_EQ(url_for({{"Host", "evil/path"}}), "400");
  EXPECT_EQ(url_for({{"X-Forwarded-Host", "a b"}}), "400");
  EXPECT_EQ(url_for({{"X-Forwarded-Proto", "javascript"}}), "400");
}

TEST_P(NegotiateTest, AConfiguredPublicUrlWins) {
  auto options = default_options();
  options.public_url = "https://cache.example/base";
  restart(std::move(options));
  EXPECT_TRUE(gateway_->negotiate(kKey, Action::upload)
                  .url.starts_with("https://cache.example/base/v1/blobs/"));
}

class ScriptedNegotiateTest : public testing::Test {
 protected:
  wire::ObjectKey object_ = wire::ObjectKey::native(wire::Scope::parse("default").value(), kKey);
  ScriptedDriver driver_;
  TestGateway gateway_{driver_};

  int report(std::string_view body) {
    return gateway_.send("POST", "/v1/report", std::string(body)).status;
  }

  std::string good_report() const {
    return fmt::format(R"({{"hash":"{}","scope":"default","reason":"digest"}})", kKey.hex());
  }
};

TEST_F(ScriptedNegotiateTest, AReportMakesTheGatewayLookAgain) {
  driver_.put(object_, {.size_bytes = 1});
  EXPECT_EQ(gateway_.negotiate(kKey, Action::download).status, Status::found);
  driver_.remove(object_);
  EXPECT_EQ(gateway_.negotiate(kKey, Action::download).status, Status::found) << "remembered";
  EXPECT_EQ(report(good_report()), 204);
  EXPECT_EQ(gateway_.negotiate(kKey, Action::download).status, Status::missing);
  EXPECT_NE(gateway_.logged().find("a reader reports a bad artifact"), std::string::npos);
}

TEST_F(ScriptedNegotiateTest, AReportIsAnswered204WhateverItSays) {
  for (const std::string_view body :
       {"", "[]", "{}", R"({"hash":"x","scope":"default"})", "not json"}) {
    EXPECT_EQ(report(body), 204) << body;
  }
  EXPECT_EQ(report(fmt::format(R"({{"hash":"{}","scope":"trusted/1"}})", kKey.hex())), 204);
  EXPECT_EQ(driver_.heads(), 0) << "nothing readable was named";
}

TEST_F(ScriptedNegotiateTest, ReportsBeyondTheirRateAreAnsweredAndNotActedUpon) {
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(report(good_report()), 204);
  }
  EXPECT_LT(driver_.heads(), 50);
}

// B5, B28: an outage of the store is an error with a name, never a miss and never upload_needed.
TEST_F(ScriptedNegotiateTest, AStoreThatFailsIsAProblemWithoutItsPaths) {
  const std::pair<Errc, int> cases[] = {{Errc::unavailable, 502}, {Errc::timeout, 504},
                                        {Errc::denied, 502},      {Errc::io, 500},
                                        {Errc::overloaded, 503},  {Errc::not_found, 502}};
  for (const auto& [code, status] : cases) {
    driver_.fail_head(object_, code);
    for (const Action action : {Action::none, Action::download, Action::upload}) {
      const auto reply = gateway_.negotiate(kKey, action);
      EXPECT_EQ(reply.status, Status::problem);
      EXPECT_EQ(reply.problem.status, status);
      EXPECT_EQ(reply.problem.detail.find("/srv"), std::string::npos);
    }
  }
  EXPECT_EQ(gateway_.metric("vc_cache_misses"), "0");
  EXPECT_EQ(gateway_.metric("vc_cache_hits"), "0");
}

TEST_F(ScriptedNegotiateTest, AStoreThatHangsEndsInATimeoutAndLivezAnswersMeanwhile) {
  ScriptedDriver hanging;
  auto options = default_options();
  options.lookups.patience = std::chrono::milliseconds(100);
  TestGateway gateway(hanging, std::move(options));
  hanging.hold();
  EXPECT_EQ(gateway.negotiate(kKey, Action::download).problem.status, 504);
  EXPECT_EQ(gateway.send("GET", "/livez").status, 200);
  hanging.release();
}

TEST_F(ScriptedNegotiateTest, LookupsBeyondTheQueueAre503WithRetryAfter) {
  ScriptedDriver hanging;
  auto options = default_options();
  options.lookups = {.threads = 1, .queue_max = 1, .patience = std::chrono::hours(1)};
  TestGateway gateway(hanging, std::move(options));
  hanging.hold();
  const auto post = [&](std::string_view name) {
    const std::string body = json_request(sha256(name).hex());
    return fmt::format(
        "POST /v1/negotiate HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Length: "
        "{}\r\n\r\n{}",
        kBearer, body.size(), body);
  };
  net::RawClient running(gateway.port());
  running.send(post("running"));
  hanging.wait_for_held(1);
  // One of these takes the last place in the queue, the other finds it full.
  net::RawClient queued(gateway.port());
  queued.send(post("queued"));
  net::RawClient other(gateway.port());
  other.send(post("other"));
  std::array<pollfd, 2> both{pollfd{.fd = queued.fd(), .events = POLLIN, .revents = 0},
                             pollfd{.fd = other.fd(), .events = POLLIN, .revents = 0}};
  ASSERT_GT(::poll(both.data(), both.size(), net::RawClient::kPatienceSeconds * 1000), 0);
  net::RawClient& refused = both[0].revents != 0 ? queued : other;
  net::RawClient& patient = both[0].revents != 0 ? other : queued;
  const auto response = refused.read_response();
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.headers.find("Retry-After").has_value());
  hanging.release();
  EXPECT_EQ(running.read_response().status, 200);
  EXPECT_EQ(patient.read_response().status, 200);
}

}  // namespace
}  // namespace vc::gateway
