// Every limit of the server at N and N+1, and every deadline, through the socket.
#include "http_server_fixture.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <vector>

namespace vc::net {
namespace {

using namespace std::chrono_literals;

using HttpLimitsTest = HttpServerTest;

std::string head_of_size(std::size_t size) {
  const std::string start = "GET /x HTTP/1.1\r\nHost: a\r\nX-Pad: ";
  return start + std::string(size - start.size() - 4, 'p') + "\r\n\r\n";
}

std::string head_with_target_of_size(std::size_t size) {
  return "GET /" + std::string(size - 1, 't') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string chunked(std::size_t first, std::size_t second) {
  char sizes[64];
  std::string body = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::snprintf(sizes, sizeof(sizes), "%zx\r\n", first);
  body += sizes + std::string(first, 'a') + "\r\n";
  std::snprintf(sizes, sizeof(sizes), "%zx\r\n", second);
  return body + sizes + std::string(second, 'b') + "\r\n0\r\n\r\n";
}

TEST_F(HttpLimitsTest, HeadOfExactlyTheLimitIsServedAndOneByteMoreIs431) {
  for (const std::size_t limit : {std::size_t{200}, std::size_t{2048}, std::size_t{16 << 10}}) {
    SCOPED_TRACE(limit);
    options_.head_bytes_max = limit;
    start();
    RawClient client(port());
    EXPECT_EQ(client.request(head_of_size(limit)).status, 200);
    EXPECT_EQ(client.request(head_of_size(limit + 1)).status, 431);
    EXPECT_EQ(client.read_until_close(), "");
    EXPECT_EQ(RawClient(port()).request(std::string(limit, 'G')).status,
              limit > (8 << 10) ? 414 : 431);
    server_.reset();
  }
}

TEST_F(HttpLimitsTest, TargetOfExactly8KiBIsServedAndOneByteMoreIs414) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(head_with_target_of_size(8 << 10)).status, 200);
  EXPECT_EQ(client.request(head_with_target_of_size((8 << 10) + 1)).status, 414);
  EXPECT_EQ(client.read_until_close(), "");
  EXPECT_EQ(RawClient(port()).request(head_with_target_of_size(64 << 10)).status, 414);
  // The target fits; what follows it does not.
  EXPECT_EQ(RawClient(port())
                .request("GET /" + std::string((8 << 10) - 1, 't') +
                         " HTTP/1.1\r\nX-Pad: " + std::string(64 << 10, 'p'))
                .status,
            431);
}

TEST_F(HttpLimitsTest, BodyOfExactlyTheLimitIsReadAndOneByteMoreIs413) {
  start();  // The echo takes 64 bytes.
  RawClient client(port());
  EXPECT_EQ(client.request(put_head("/", 64) + std::string(64, 'b')).status, 200);
  EXPECT_EQ(client.request(chunked(60, 4)).status, 200);
  // So small a body is read and forgotten, and the connection goes on.
  EXPECT_EQ(client.request(put_head("/", 65) + std::string(65, 'b')).status, 413);
  EXPECT_EQ(client.request(chunked(60, 5)).status, 413);
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpLimitsTest, DeclaredLengthPastTheLimitIsRefusedBeforeContinue) {
  start();
  RawClient client(port());
  client.send(put_head("/", 65, "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(HttpLimitsTest, ChunkLongerThanTheLimitIsRefusedBeforeItsBytesCome) {
  start();
  RawClient client(port());
  client.send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n");
  EXPECT_EQ(client.read_response().status, 413);
}

TEST_F(HttpLimitsTest, EndlessChunkExtensionIsRefused) {
  start();
  RawClient client(port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
              std::string(64 << 10, 'e'));
  EXPECT_EQ(client.read_response().status, 400);
}

TEST_F(HttpLimitsTest, UnreadBodyOf64KiBKeepsTheConnectionAndOneByteMoreCloses) {
  handler_.set([](const RequestHead&) { return Response{.status = 401}; });
  start();
  RawClient client(port());
  const std::string body(64 << 10, 'b');
  EXPECT_EQ(client.request(put_head("/", body.size()) + body).headers.find("Connection"),
            std::nullopt);
  const RawResponse last = client.request(put_head("/", body.size() + 1) + body + "!");
  EXPECT_EQ(last.status, 401);
  EXPECT_EQ(last.headers.find("Connection"), "close");
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpLimitsTest, EarlyRefusalReachesAClientThatIsStillSending8MiB) {
  handler_.set([](const RequestHead&) { return Response{.status = 412, .body = "exists"}; });
  start();
  RawClient client(port());
  const std::string body(8 << 20, 'b');
  client.send(put_head("/", body.size()) + body);  // May fail: the server stops reading.
  EXPECT_EQ(client.read_response().body, "exists");
}

TEST_F(HttpLimitsTest, ConnectionPastTheLimitIsTold503AndALeavingOneMakesRoom) {
  options_.connections_max = 2;
  start();
  RawClient first(port());
  EXPECT_EQ(first.request(kGet).status, 200);
  {
    RawClient second(port());
    EXPECT_EQ(second.request(kGet).status, 200);
    RawClient third(port());
    const RawResponse refused = third.request(kGet);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.headers.find("Connection"), "close");
    EXPECT_EQ(third.read_until_close(), "");
    EXPECT_EQ(server_->open_connections(), 2);
    second.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    second.read_until_close();
  }
  // The server counts a connection out just after it closed it.
  int status = 503;
  for (int tries = 0; tries < 1000 && status == 503; ++tries) {
    status = RawClient(port()).request(kGet).status;
  }
  EXPECT_EQ(status, 200);
  EXPECT_EQ(first.request(kGet).status, 200);
}

TEST_F(HttpLimitsTest, SlowHeadIs408) {
  options_.head_timeout = 100ms;
  start();
  RawClient client(port());
  client.send("GET / HTT");
  EXPECT_EQ(client.read_response().status, 408);
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpLimitsTest, HeadThatTricklesIs408AllTheSame) {
  options_.head_timeout = 200ms;
  start();
  RawClient client(port());
  // Each byte resets no clock: with 10,000 of them this ends only because the server ends it.
  client.send("GET / HTTP/1.1\r\nX: ");
  for (int i = 0; i < 10'000 && client.send("x"); ++i) {
    pollfd readable{.fd = client.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, 20) == 1) {
      break;
    }
  }
  EXPECT_EQ(client.read_response().status, 408);
}

TEST_F(HttpLimitsTest, IdleConnectionIsClosedWithoutAWord) {
  options_.idle_timeout = 500ms;
  start();
  RawClient fresh(port());
  RawClient used(port());
  EXPECT_EQ(used.request(kGet).status, 200);
  EXPECT_EQ(fresh.read_until_close(), "");
  EXPECT_EQ(used.read_until_close(), "");
  EXPECT_FALSE(fresh.was_reset() || used.was_reset());
}

TEST_F(HttpLimitsTest, SlowBodyIs408) {
  options_.rate_window = 100ms;
  start();
  RawClient sized(port());
  sized.send(put_head("/", 64) + "a few");
  EXPECT_EQ(sized.read_response().status, 408);
  EXPECT_EQ(sized.read_until_close(), "");
  RawClient in_chunks(port());
  in_chunks.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
  EXPECT_EQ(in_chunks.read_response().status, 408);
}

TEST_F(HttpLimitsTest, HandlerThatTakesItsTimeIsNotTheClientsFault) {
  options_.rate_window = options_.head_timeout = options_.idle_timeout = 500ms;
  Counter other_closed;
  handler_.set([&](const RequestHead&) {
    return BufferBody{.then = [&](std::string, Reply reply) {
      workers_.submit([&, r = std::move(reply)]() mutable {
        other_closed.wait_for(1);
        r.send(text("late"));
      });
    }};
  });
  start();
  RawClient asking(port());
  asking.send(kGet);
  for (int i = 0; i < 2; ++i) {  // Idle for a whole window each.
    EXPECT_EQ(RawClient(port()).read_until_close(), "");
  }
  other_closed.add();
  EXPECT_EQ(asking.read_response().body, "late");
}

TEST_F(HttpLimitsTest, ReaderThatStopsReadingIsCutOff) {
  options_.rate_window = 100ms;
  handler_.set([](const RequestHead&) { return text(std::string(64 << 20, 'x')); });
  start();
  RawClient client;
  client.shrink_receive_buffer();
  client.connect(port());
  client.send(kGet);
  EXPECT_TRUE(client.wait_for_close());
  client.read_until_close();
  EXPECT_TRUE(client.was_reset()) << "a cut response must not look like one that ended";
}

TEST_F(HttpLimitsTest, RunningOutOfDescriptorsIsSurvived) {
  start();
  std::vector<RawClient> clients(4);
  rlimit before{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &before));
  const UniqueFd lowest_free(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest_free.get());
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &tight));
  for (RawClient& client : clients) {
    client.connect(port());  // Into the backlog; accept fails.
  }
  const bool warned = log_.warnings.wait_for(1);
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &before));
  EXPECT_TRUE(warned);
  for (RawClient& client : clients) {
    EXPECT_EQ(client.request(kGet).status, 200);
  }
}

TEST_F(HttpLimitsTest, PortThatIsTakenIsAnErrorThatNamesTheRemedy) {
  start();
  options_.port = port();
  const auto second = HttpServer::start(options_, handler_, workers_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  EXPECT_EQ(second.error().message,
            "address already in use: 127.0.0.1:" + std::to_string(options_.port));
  EXPECT_TRUE(second.error().hint.contains("VC_PORT"));
  // And again free when the first has gone, whatever state its connections are in.
  EXPECT_EQ(RawClient(port()).request(kGet).status, 200);
  server_.reset();
  start();
  EXPECT_EQ(RawClient(port()).request(kGet).status, 200);
}

TEST_F(HttpLimitsTest, HostThatIsNotOursIsAnErrorThatNamesTheRemedy) {
  for (const char* const host : {"192.0.2.1", "no such host"}) {
    options_.host = host;
    const auto started = HttpServer::start(options_, handler_, workers_, log_);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Errc::invalid);
    EXPECT_TRUE(started.error().hint.contains("VC_HOST"));
  }
}

}  // namespace
}  // namespace vc::net
