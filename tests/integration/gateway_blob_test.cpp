// The data plane: signed URLs and the original gateway's proxy paths, with every ugly upload.
#include "gateway_fixture.hpp"

#include "core/testing/fake_clock.hpp"

#include <algorithm>
#include <latch>
#include <thread>

namespace vc::gateway {
namespace {

using wire::Action;
using wire::Status;

std::string put_head(std::string_view target, std::uint64_t length, std::string_view more = "") {
  return fmt::format(
      "PUT {} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Length: {}\r\n{}\r\n", target,
      kBearer, length, more);
}

using BlobTest = GatewayTest;

INSTANTIATE_TEST_SUITE_P(Stores, BlobTest, kBothStores, name_of_store);

TEST_P(BlobTest, RangesAndTagsWorkOnEveryPath) {
  gateway_->upload(kKey, "0123456789");
  const std::string signed_url = gateway_->negotiate(kKey, Action::download).url;
  for (const std::string& url : {signed_url, "/v1/proxy/blob/" + kKey.hex()}) {
    const auto whole = gateway_->send("GET", url);
    EXPECT_EQ(whole.status, 200);
    EXPECT_EQ(whole.body, "0123456789");
    EXPECT_EQ(whole.header("Accept-Ranges"), "bytes");
    EXPECT_EQ(whole.header("Content-Type"), "application/octet-stream");
    const std::string etag = whole.header("ETag");
    EXPECT_EQ(etag, "\"" + sha256("0123456789").hex() + "\"");

    const auto part = gateway_->send("GET", url, "", {{"Range", "bytes=2-4"}});
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "234");
    EXPECT_EQ(part.header("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(gateway_->send("GET", url, "", {{"Range", "bytes=-1"}}).body, "9");

    const auto behind = gateway_->send("GET", url, "", {{"Range", "bytes=10-"}});
    EXPECT_EQ(behind.status, 416);
    EXPECT_EQ(behind.header("Content-Range"), "bytes */10");

    const auto unchanged = gateway_->send("GET", url, "", {{"If-None-Match", etag}});
    EXPECT_EQ(unchanged.status, 304);
    EXPECT_EQ(unchanged.body, "");
    EXPECT_EQ(gateway_->send("GET", url, "", {{"If-None-Match", "\"other\""}}).status, 200);
    EXPECT_EQ(gateway_->send("GET", url, "", {{"Range", "bytes=0-0"}, {"If-Range", etag}}).status,
              206);
    EXPECT_EQ(
        gateway_->send("GET", url, "", {{"Range", "bytes=0-0"}, {"If-Range", "\"x\""}}).status,
        200);

    const auto head = gateway_->send("HEAD", url);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("Content-Length"), "10");
    EXPECT_EQ(head.header("ETag"), etag);
    EXPECT_EQ(gateway_->send("HEAD", url, "", {{"Range", "bytes=0-1"}}).status, 200);
  }
}

TEST_P(BlobTest, AbsentIs404) {
  const auto ticket = gateway_->negotiate(kKey, Action::upload);
  EXPECT_EQ(gateway_->send("GET", "/v1/proxy/blob/" + kKey.hex()).status, 404);
  EXPECT_EQ(gateway_->send("GET", ticket.url).status, 403) << "a ticket for PUT is none for GET";
}

TEST_P(BlobTest, EmptyArtifactsAreArtifacts) {
  EXPECT_EQ(gateway_->upload(kKey, ""), 200);
  EXPECT_EQ(gateway_->download(kKey), "");
}

TEST_P(BlobTest, ASignedUrlNeedsNoTokenAndIgnoresAWrongOne) {
  const auto ticket = gateway_->ask_to_upload(kKey, "body");
  const net::Headers wrong = {{"Authorization", "Bearer wrong"}};
  EXPECT_EQ(gateway_->send("PUT", ticket.url, "body", wrong).status, 200);
  const auto found = gateway_->negotiate(kKey, Action::download);
  EXPECT_EQ(gateway_->send("GET", found.url, "", wrong).body, "body");
}

TEST_P(BlobTest, AChangedUrlIsRefused) {
  gateway_->upload(kKey, "body");
  const std::string url = gateway_->negotiate(kKey, Action::download).url;
  const auto changed = [&](std::string_view from, std::string_view to) {
    std::string copy = url;
    copy.replace(copy.find(from), from.size(), to);
    return gateway_->send("GET", copy).status;
  };
  EXPECT_EQ(changed("expires=1", "expires=2"), 403);
  EXPECT_EQ(changed("/default/", "/trusted/"), 403);
  EXPECT_EQ(changed(kKey.hex(), sha256("other").hex()), 400) << "the shard no longer fits";
  EXPECT_EQ(changed("&signature=", "&signature=x"), 400);
  EXPECT_EQ(changed("?expires", "?x=1&expires"), 400);
  EXPECT_EQ(gateway_->send("GET", url).status, 200);
}

// B4: the second writer gets 412, before and after the first one's bytes are there.
TEST_P(BlobTest, AnExistingKeyIs412AndItsBytesDoNotChange) {
  const auto late_ticket = gateway_->ask_to_upload(kKey, "second");
  EXPECT_EQ(gateway_->upload(kKey, "first"), 200);
  EXPECT_EQ(gateway_->send("PUT", late_ticket.url, "second").status, 412);
  EXPECT_EQ(gateway_->send("PUT", "/v1/proxy/blob/" + kKey.hex(), "third").status, 412);
  EXPECT_EQ(gateway_->download(kKey), "first");
  restart();
  EXPECT_EQ(gateway_->send("PUT", "/v1/proxy/blob/" + kKey.hex(), "fourth").status, 412);
  EXPECT_EQ(gateway_->download(kKey), "first");
}

TEST_P(BlobTest, ALateWriterLearnsItBeforeSendingTheBody) {
  const std::string body(100'000, 'x');
  const std::string target = target_of(gateway_->ask_to_upload(kKey, body).url);
  EXPECT_EQ(gateway_->upload(kKey, "first"), 200);
  net::RawClient client(gateway_->port());
  client.send(put_head(target, body.size(), "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.read_response().status, 412) << "and not 100";
}

// B4, B24: sixty-four clients, sixty-four bodies, one winner, and it stays.
TEST_P(BlobTest, OfSixtyFourRacingWritersExactlyOneWins) {
  constexpr std::size_t kWriters = 64;
  std::vector<std::string> bodies;
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < kWriters; ++i) {
    bodies.emplace_back(20'000 + i, static_cast<char>('0' + i));
    const auto ticket = gateway_->ask_to_upload(kKey, bodies.back());
    ASSERT_EQ(ticket.status, Status::upload_needed);
    urls.push_back(ticket.url);
  }
  std::vector<int> statuses(kWriters);
  std::latch start(kWriters);
  {
    std::vector<std::jthread> writers;
    for (std::size_t i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        start.arrive_and_wait();
        statuses[i] = gateway_->send("PUT", urls[i], bodies[i]).status;
      });
    }
  }
  EXPECT_EQ(std::ranges::count(statuses, 200), 1);
  EXPECT_EQ(std::ranges::count(statuses, 412), kWriters - 1);
  const auto winner = std::ranges::find(statuses, 200) - statuses.begin();
  EXPECT_EQ(gateway_->download(kKey), bodies[static_cast<std::size_t>(winner)]);
  restart();
  EXPECT_EQ(gateway_->download(kKey), bodies[static_cast<std::size_t>(winner)]);
}

TEST_P(BlobTest, WithoutALengthItIs411) {
  const std::string target = target_of(gateway_->negotiate(kKey, Action::upload).url);
  for (const std::string& path : {target, "/v1/proxy/blob/" + kKey.hex()}) {
    net::RawClient client(gateway_->port());
    client.send(
        fmt::format("PUT {} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
                    path, kBearer));
    EXPECT_EQ(client.read_response().status, 411);
  }
  EXPECT_EQ(gateway_->download(kKey), std::nullopt);
}

// B24: whatever goes wrong on the way, nothing of it can be read, and the key is still free.
TEST_P(BlobTest, ABodyThatIsNotTheAnnouncedOneLeavesNothing) {
  const std::string body(50'000, 'x');
  const auto ticket = gateway_->ask_to_upload(kKey, body);
  const std::string target = target_of(ticket.url);

  EXPECT_EQ(gateway_->send("PUT", ticket.url, body + "y").status, 400) << "longer";
  EXPECT_EQ(gateway_->send("PUT", ticket.url, body.substr(1)).status, 400) << "shorter";
  const auto other = gateway_->send("PUT", ticket.url, std::string(50'000, 'y'));
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(wire::parse_problem(422, other.body).code, "checksum_mismatch");
  {
    net::RawClient client(gateway_->port());
    client.send(put_head(target, body.size()));
    client.send(body.substr(0, 30'000));
  }  // Cut off.
  {
    net::RawClient client(gateway_->port());
    client.send(put_head(target, body.size()));
    client.send(body.substr(0, 30'000));
    client.finish_sending();
    client.read_until_close();
  }
  EXPECT_EQ(gateway_->download(kKey), std::nullopt);
  EXPECT_EQ(gateway_->send("PUT", ticket.url, body).status, 200);
  EXPECT_EQ(gateway_->download(kKey), body);
}

// B10: the limit on objects is exact, on both paths.
TEST_P(BlobTest, ObjectsAreTakenUpToTheLimitAndNotOneByteMore) {
  const std::string largest(kObjectBytesMax, 'x');
  EXPECT_EQ(gateway_->upload(kKey, largest), 200);
  EXPECT_EQ(gateway_->download(kKey)->size(), kObjectBytesMax);
  const std::string path = "/v1/proxy/blob/" + sha256("other").hex();
  EXPECT_EQ(gateway_->send("PUT", path, largest + "x").status, 413);
  EXPECT_EQ(gateway_->send("PUT", path, largest).status, 200);
  EXPECT_EQ(gateway_->ask_to_upload(sha256("third"), largest + "x").problem.status, 413);
}

TEST_P(BlobTest, TransfersBeyondTheLimitAre503) {
  auto options = default_options();
  options.transfers_max = 2;
  restart(std::move(options));
  std::vector<std::unique_ptr<net::RawClient>> uploading;
  for (int i = 0; i < 2; ++i) {
    uploading.push_back(std::make_unique<net::RawClient>(gateway_->port()));
    uploading.back()->send(put_head("/v1/proxy/blob/" + sha256(std::to_string(i)).hex(), 5,
                                    "Expect: 100-continue\r\n"));
    ASSERT_EQ(uploading.back()->read_response().status, 100);
  }
  const auto refused = gateway_->send("PUT", "/v1/proxy/blob/" + kKey.hex(), "x");
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.header("Retry-After").empty());
  EXPECT_EQ(gateway_->send("GET", "/v1/proxy/blob/" + kKey.hex()).status, 503);
  EXPECT_EQ(gateway_->metric("vc_transfers"), "2");
  uploading.front()->send("hello");
  EXPECT_EQ(uploading.front()->read_response().status, 200);
  EXPECT_EQ(gateway_->send("GET", "/v1/proxy/blob/" + sha256("0").hex()).body, "hello");
}

// B1, B2, B3: raw paths, as no well-behaved client would send them.
TEST_P(BlobTest, HostilePathsReachNoDriver) {
  for (const std::string& key :
       {std::string(".."), std::string("."), std::string("%2e%2e"), std::string("..%2f..%2fetc"),
        std::string("../../etc/passwd"), std::string("%00"), std::string("a//b"),
        std::string("..\\..\\x"), std::string(4096, 'a'), std::string(64, 'A'), kKey.hex() + "/",
        kKey.hex() + "%00", kKey.hex() + "/..", "/" + kKey.hex(),
        std::string("v1/default/-/velocity/../../x")}) {
    for (const std::string_view prefix :
         {"/v1/proxy/blob/", "/v1/blobs/", "/v1/blobs/v1/default/-/velocity/", "/v1/blobs/../"}) {
      for (const std::string_view method : {"GET", "HEAD", "PUT"}) {
        net::RawClient client(gateway_->port());
        client.send(
            fmt::format("{} {}{} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n"
                        "Content-Length: 0\r\nConnection: close\r\n\r\n",
                        method, prefix, key, kBearer));
        const std::string reply = client.read_until_close();
        ASSERT_GE(reply.size(), 12);
        EXPECT_EQ(reply[9], '4') << method << " " << prefix << key << "\n" << reply;
        EXPECT_EQ(reply.find(directory_.path().string()), std::string::npos);
      }
    }
  }
  EXPECT_EQ(gateway_->metric(R"(vc_uploads_total{result="stored"})"), "0");
}

TEST_P(BlobTest, BytesThroughTheGatewayAreCounted) {
  gateway_->upload(kKey, "0123456789");
  gateway_->download(kKey);
  EXPECT_EQ(gateway_->metric(R"(vc_proxy_bytes_total{direction="in"})"), "10");
  EXPECT_EQ(gateway_->metric(R"(vc_proxy_bytes_total{direction="out"})"), "10");
  EXPECT_EQ(gateway_->metric(R"(vc_uploads_total{result="stored"})"), "1");
}

TEST(BlobExpiryTest, TicketsEndWhenTheySay) {
  FakeClock clock;
  storage::MemoryDriver driver(clock);
  TestGateway gateway(driver, default_options(), &clock);
  const auto ticket = gateway.ask_to_upload(kKey, "body");
  EXPECT_EQ(ticket.expires_in_s, 900);
  clock.advance(std::chrono::seconds(900));
  EXPECT_EQ(gateway.send("PUT", ticket.url, "body").status, 403);
  const auto again = gateway.ask_to_upload(kKey, "body");
  clock.advance(std::chrono::seconds(899));
  EXPECT_EQ(gateway.send("PUT", again.url, "body").status, 200);
}

TEST(BlobSpaceTest, AFullStoreIs507AndNamesNoPath) {
  const SystemClock clock;
  storage::MemoryDriver driver(clock, {.object_bytes_max = 100, .bytes_max = 100});
  TestGateway gateway(driver);
  EXPECT_EQ(gateway.upload(kKey, std::string(60, 'x')), 200);
  const auto full =
      gateway.send("PUT", "/v1/proxy/blob/" + sha256("b").hex(), std::string(60, 'y'));
  EXPECT_EQ(full.status, 507);
  EXPECT_EQ(wire::parse_problem(507, full.body).code, "no_space");
  EXPECT_EQ(gateway.download(sha256("b")), std::nullopt);
}

}  // namespace
}  // namespace vc::gateway
