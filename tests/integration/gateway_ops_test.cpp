// What operators rely on: credentials, health, metrics, limits, and a log without secrets.
#include "gateway_fixture.hpp"

#include "core/testing/fake_clock.hpp"
#include "gateway/testing/scripted_driver.hpp"
#include "wire/capabilities.hpp"

namespace vc::gateway {
namespace {

using wire::Action;

class OpsTest : public testing::Test {
 protected:
  SystemClock clock_;
  storage::MemoryDriver driver_{clock_};
  TestGateway gateway_{driver_};
};

TEST_F(OpsTest, HealthIsAsTheOriginalHasIt) {
  const auto health = gateway_.send("GET", "/health", "", {{"Authorization", "Basic x"}});
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(health.body, R"({"status":"up"})");
  EXPECT_EQ(health.header("Content-Type"), "application/json");
}

// B8: who is not known is 401 with a challenge, whatever is wrong with the credential.
TEST_F(OpsTest, AWrongCredentialIs401WithAChallenge) {
  for (const std::string& credential : {std::string("Bearer wrong"), "Bearer " + kToken + "x",
                                        "Bearer " + kToken.substr(0, kToken.size() - 1),
                                        "Basic " + kToken, kToken, std::string("Bearer")}) {
    for (const std::string_view path : {"/v1/negotiate", "/v1/negotiate/batch", "/v1/report"}) {
      const auto answer = gateway_.send("POST", path, "{}", {{"Authorization", credential}});
      EXPECT_EQ(answer.status, 401) << credential;
      EXPECT_EQ(answer.header("WWW-Authenticate"), R"(Bearer realm="velocitycache")");
      EXPECT_EQ(wire::parse_problem(401, answer.body).code, "unauthenticated");
    }
  }
  EXPECT_EQ(
      gateway_.send("GET", "/v1/capabilities", "", {{"Authorization", "bEARER " + kToken}}).status,
      200);
  net::RawClient twice(gateway_.port());
  EXPECT_EQ(twice
                .request(fmt::format("GET /v1/capabilities HTTP/1.1\r\nHost: x\r\n"
                                     "Authorization: {}\r\nAuthorization: Bearer y\r\n\r\n",
                                     kBearer))
                .status,
            401);
}

TEST_F(OpsTest, AnonymousAccessIsOneSubjectWithoutATokenOrWithAny) {
  auto options = default_options();
  options.authenticator = std::make_unique<AnonymousAuthenticator>(default_principal("anonymous"));
  TestGateway open(driver_, std::move(options));
  net::RawClient bare(open.port());
  EXPECT_EQ(bare.request("GET /v1/capabilities HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
  EXPECT_EQ(open.upload(kKey, "x"), 200);
}

TEST_F(OpsTest, CapabilitiesSayWhatThisTokenMayDo) {
  const auto mine = wire::parse_capabilities(gateway_.send("GET", "/v1/capabilities").body).value();
  EXPECT_EQ(mine.protocol_version, 1);
  EXPECT_EQ(mine.driver, "memory");
  EXPECT_EQ(mine.read_scopes, std::vector<std::string>{"default"});
  EXPECT_EQ(mine.write_scope, "default");
  EXPECT_EQ(mine.batch_items_max, wire::kBatchItemsMax);
  EXPECT_EQ(mine.object_bytes_max, driver_.limits().object_bytes_max);
  ASSERT_EQ(mine.seal_keys.size(), 1);
  EXPECT_EQ(mine.seal_keys.front().id, default_options().seal.verify_key().id());
  const auto reader =
      wire::parse_capabilities(
          gateway_
              .send("GET", "/v1/capabilities", "", {{"Authorization", "Bearer token-of-a-reader"}})
              .body)
          .value();
  EXPECT_EQ(reader.write_scope, "");
}

TEST_F(OpsTest, UnknownPathsAndMethodsAreProblems) {
  const auto nowhere = gateway_.send("GET", "/nothing/here");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.header("Content-Type"), "application/problem+json");
  const auto wrong = gateway_.send("GET", "/v1/negotiate");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "POST");
  EXPECT_EQ(gateway_.send("DELETE", "/v1/proxy/blob/" + kKey.hex()).header("Allow"),
            "GET, HEAD, PUT");
  EXPECT_EQ(gateway_.send("POST", "/health", "x").status, 405);
}

TEST_F(OpsTest, HeadIsAnsweredWhereverGetIs) {
  for (const RouteRow& row : kRoutes) {
    if (!allows(row, "GET") || row.path_template.ends_with('}')) {
      continue;
    }
    const std::string path(row.path_template);
    const auto get = gateway_.send("GET", path);
    const auto head = gateway_.send("HEAD", path);
    EXPECT_EQ(head.status, get.status) << path;
    EXPECT_EQ(head.body, "") << path;
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type")) << path;
  }
}

TEST_F(OpsTest, TheAbsoluteFormOfATargetIsServed) {
  net::RawClient client(gateway_.port());
  EXPECT_EQ(client.request("GET http://x/health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
}

// What the server refuses before any route is known looks like every other error.
TEST_F(OpsTest, RefusalsOfTheServerAreProblemsWithTheirOwnCodes) {
  const std::pair<std::string, std::pair<int, std::string_view>> cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", {400, "invalid"}},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {505, "not_supported"}},
      {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", {414, "too_large"}},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n",
       {431, "too_large"}},
  };
  for (const auto& [bytes, expected] : cases) {
    net::RawClient client(gateway_.port());
    const auto response = client.request(bytes);
    EXPECT_EQ(response.status, expected.first);
    EXPECT_EQ(response.headers.find("Content-Type"), "application/problem+json");
    EXPECT_TRUE(response.headers.find("X-Request-Id").has_value());
    EXPECT_EQ(wire::parse_problem(response.status, response.body).code, expected.second);
  }
}

TEST_F(OpsTest, ARequestIdIsEchoedIfItIsOneAndReplacedIfNot) {
  const auto id_for = [&](std::string id) {
    return gateway_.send("GET", "/health", "", {{"X-Request-Id", std::move(id)}})
        .header("X-Request-Id");
  };
  EXPECT_EQ(id_for("build.17_a-b"), "build.17_a-b");
  EXPECT_EQ(id_for(std::string(64, 'x')), std::string(64, 'x'));
  for (const std::string& bad : {std::string(65, 'x'), std::string("a b"), std::string("a\"b")}) {
    EXPECT_NE(id_for(bad), bad);
    EXPECT_FALSE(id_for(bad).empty());
  }
  const auto answer = gateway_.send("GET", "/nothing", "", {{"X-Request-Id", "mine"}});
  EXPECT_EQ(wire::parse_problem(404, answer.body).request_id, "mine");
  EXPECT_NE(gateway_.logged().find("request_id=mine"), std::string::npos);
}

// What grants access must never be in a log: neither tokens nor signed URLs.
TEST_F(OpsTest, TheLogNamesRoutesAndHasNoSecrets) {
  gateway_.upload(kKey, "x");
  gateway_.download(kKey);
  gateway_.send("GET", "/v1/proxy/blob/" + kKey.hex() + "?secret=query");
  gateway_.send("GET", "/v1/blobs/whatever?signature=secret");
  const std::string log = gateway_.logged();
  EXPECT_NE(log.find("route=/v1/blobs/{key} status=200"), std::string::npos) << log;
  EXPECT_NE(log.find("method=POST route=/v1/negotiate status=200"), std::string::npos);
  EXPECT_NE(log.find("subject=token:default"), std::string::npos);
  for (const std::string& secret : {kToken, std::string("signature"), std::string("expires="),
                                    std::string("secret"), std::string("vcmeta"), kKey.hex()}) {
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
  }
}

TEST_F(OpsTest, MetricsHaveThePromisedNamesAndType) {
  gateway_.negotiate(kKey, Action::download);
  gateway_.upload(kKey, "x");
  gateway_.download(kKey);
  const auto metrics = gateway_.send("GET", "/metrics");
  EXPECT_EQ(metrics.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(gateway_.metric("vc_cache_hits"), "1");
  EXPECT_EQ(gateway_.metric("vc_cache_misses"), "1");
  EXPECT_EQ(gateway_.metric("vc_negotiation_latency_count"), "3");
  EXPECT_NE(metrics.body.find("vc_negotiation_latency_bucket{le=\"0.00025\"}"), std::string::npos);
  EXPECT_NE(gateway_.metric("vc_open_connections"), "0");
}

TEST_F(OpsTest, OpenApiIsServed) {
  const auto document = gateway_.send("GET", "/openapi.json");
  EXPECT_EQ(document.status, 200);
  EXPECT_NE(document.body.find("\"openapi\": \"3.1.0\""), std::string::npos);
}

TEST_F(OpsTest, ReadinessFailsAtOnceWhenDrainingAndEverythingElseGoesOn) {
  EXPECT_EQ(gateway_.send("GET", "/readyz").status, 200);
  gateway_.app().begin_drain();
  const auto draining = gateway_.send("GET", "/readyz");
  EXPECT_EQ(draining.status, 503);
  EXPECT_EQ(wire::parse_problem(503, draining.body).code, "draining");
  EXPECT_EQ(gateway_.send("GET", "/livez").status, 200);
  EXPECT_EQ(gateway_.upload(kKey, "x"), 200);
}

TEST(ReadinessTest, FailsWithTheStoreAndShowsItsWordsOnlyToThoseWithAToken) {
  ScriptedDriver driver;
  TestGateway gateway(driver);
  driver.broken = true;
  const auto plain = gateway.send("GET", "/readyz");
  EXPECT_EQ(plain.status, 503);
  EXPECT_EQ(plain.body.find("/srv"), std::string::npos);
  EXPECT_NE(gateway.send("GET", "/readyz?verbose").body.find("Input/output error"),
            std::string::npos);
  EXPECT_EQ(gateway.send("GET", "/readyz?verbose", "", {{"Authorization", "Bearer x"}}).status,
            401);
  EXPECT_EQ(gateway.send("GET", "/livez").status, 200) << "alive is not ready";
}

TEST(RateLimitTest, ASubjectMaySendItsBurstAndNotOneMore) {
  const FakeClock clock;  // Stands still: nothing trickles in during the test.
  storage::MemoryDriver driver(clock);
  auto options = default_options();
  options.requests_per_second_max = 5;
  TestGateway gateway(driver, std::move(options), &clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(gateway.send("GET", "/v1/capabilities").status, 200) << i;
  }
  const auto refused = gateway.send("GET", "/v1/capabilities");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(wire::parse_problem(429, refused.body).code, "rate_limited");
  EXPECT_EQ(gateway.send("GET", "/health").status, 200);
  EXPECT_EQ(
      gateway.send("GET", "/v1/capabilities", "", {{"Authorization", "Bearer token-of-a-reader"}})
          .status,
      200)
      << "another subject";
  EXPECT_EQ(gateway.metric("vc_rate_limited_total"), "1");
}

}  // namespace
}  // namespace vc::gateway
