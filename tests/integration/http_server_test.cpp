// HTTP/1.1 as it is spoken: framing, keep-alive, hostile heads, replies from anywhere.
#include "http_server_fixture.hpp"

#include <future>
#include <thread>

namespace vc::net {
namespace {

TEST_F(HttpServerTest, AnswersRequestAfterRequestOnOneConnection) {
  start();
  RawClient client(port());
  const RawResponse first = client.request("GET /a?q=%20 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "GET /a?q=%20 ");
  EXPECT_EQ(first.headers.find("Connection"), std::nullopt);
  ASSERT_TRUE(first.headers.find("Date"));
  EXPECT_TRUE(first.headers.find("Date")->ends_with(" GMT"));

  const RawResponse second = client.request(put_head("/b", 4) + "body");
  EXPECT_EQ(second.body, "PUT /b body");
  EXPECT_EQ(server_->open_connections(), 1);
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  RawClient client(port());
  client.send(put_head("/1", 3) + "one" +
              "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              "2\r\ntw\r\n1\r\no\r\n0\r\n\r\n" +
              std::string(kGet) + put_head("/4", 4) + "four");
  EXPECT_EQ(client.read_response().body, "PUT /1 one");
  EXPECT_EQ(client.read_response().body, "POST /2 two");
  EXPECT_EQ(client.read_response().body, "GET /x ");
  EXPECT_EQ(client.read_response().body, "PUT /4 four");
}

TEST_F(HttpServerTest, AHundredPipelinedRequestsDoNotFitOneReadAndAreAllAnswered) {
  start();
  RawClient client(port());
  std::string burst;
  for (int i = 0; i < 100; ++i) {
    burst += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  client.send(burst);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.read_response().body, "GET /" + std::to_string(i) + " ");
  }
}

TEST_F(HttpServerTest, RequestArrivingByteByByteIsTheSameRequest) {
  start();
  RawClient client(port());
  const std::string bytes =
      "\r\nPOST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=\"value\"\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: t\r\n\r\n";
  for (const char byte : bytes) {
    ASSERT_TRUE(client.send({&byte, 1}));
  }
  EXPECT_EQ(client.read_response().body, "POST /slow abc0123456789abcdef");
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpServerTest, ReplyToHeadHasTheLengthAndNoBody) {
  start();
  RawClient client(port());
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const RawResponse head = client.read_response(RawClient::Body::none);
  EXPECT_EQ(head.headers.find("Content-Length"), "8");
  EXPECT_EQ(client.request(kGet).body, "GET /x ");  // Nothing of a body came before it.
}

TEST_F(HttpServerTest, NoContentHasNeitherBodyNorLength) {
  handler_.set([](const RequestHead&) { return Response{.status = 204, .body = "never sent"}; });
  start();
  RawClient client(port());
  for (int i = 0; i < 2; ++i) {
    const RawResponse response = client.request(kGet);
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.headers.find("Content-Length"), std::nullopt);
  }
}

TEST_F(HttpServerTest, ConnectionCloseIsHonoured) {
  start();
  RawClient client(port());
  client.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_response().headers.find("Connection"), "close");
  EXPECT_EQ(client.read_until_close(), "");
  EXPECT_FALSE(client.was_reset());
}

TEST_F(HttpServerTest, Http10ClosesUnlessAskedToKeepAlive) {
  start();
  RawClient client(port());
  const RawResponse kept = client.request("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.headers.find("Connection"), "keep-alive");
  EXPECT_EQ(client.request("GET /x HTTP/1.0\r\n\r\n").headers.find("Connection"), "close");
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpServerTest, HandlerSeesHeadersWithoutRegardToCaseAndThePeer) {
  handler_.set([](const RequestHead& head) {
    return text(std::string(head.header("AUTHORIZATION")) + "|" + std::string(head.header("no")) +
                "|" + std::to_string(head.header_count("x-twice")) + "|" +
                std::string(head.peer_address()));
  });
  start();
  RawClient client(port());
  EXPECT_EQ(client
                .request("GET / HTTP/1.1\r\nhost: a\r\nauthorization: \t Bearer x \r\n"
                         "X-Twice: 1\r\nx-tWICE: 2\r\n\r\n")
                .body,
            "Bearer x||2|127.0.0.1");
}

TEST_F(HttpServerTest, PeerOfADualStackSocketIsShownAsIPv4) {
  options_.host = "::";
  handler_.set([](const RequestHead& head) { return text(std::string(head.peer_address())); });
  auto started = HttpServer::start(options_, handler_, workers_, log_);
  if (!started) {
    GTEST_SKIP() << "no IPv6 here: " << started.error().message;
  }
  EXPECT_EQ(RawClient((*started)->port()).request(kGet).body, "127.0.0.1");
}

struct HostileHead {
  const char* what;
  std::string bytes;
  int status;
};

TEST_F(HttpServerTest, WhatAProxyMightReadDifferentlyIsRefusedAndTheConnectionClosed) {
  const auto with = [](std::string_view fields) {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n\r\n";
  };
  const std::vector<HostileHead> table{
      {"length and chunked", with("Content-Length: 3\r\nTransfer-Encoding: chunked"), 400},
      {"chunked and length", with("Transfer-Encoding: chunked\r\nContent-Length: 3"), 400},
      {"two lengths", with("Content-Length: 3\r\nContent-Length: 4"), 400},
      {"list of lengths", with("Content-Length: 3, 3"), 400},
      {"signed length", with("Content-Length: +3"), 400},
      {"negative length", with("Content-Length: -3"), 400},
      {"hexadecimal length", with("Content-Length: 0x3"), 400},
      {"empty length", with("Content-Length:"), 400},
      {"length past 64 bits", with("Content-Length: 18446744073709551616"), 400},
      {"unknown coding", with("Transfer-Encoding: gzip"), 501},
      {"coding before chunked", with("Transfer-Encoding: gzip, chunked"), 501},
      {"coding after chunked", with("Transfer-Encoding: chunked, identity"), 501},
      {"quoted chunked", with("Transfer-Encoding: \"chunked\""), 501},
      {"chunked twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {"unknown coding and length", with("Transfer-Encoding: x\r\nContent-Length: 3"), 400},
      {"folded line", with("X-A: 1\r\n 2"), 400},
      {"folded after an empty line", with("X-A:\r\n chunked"), 400},
      {"folded to nothing", with("X-A: 1\r\n "), 400},
      {"space before the colon", with("Content-Length : 3"), 400},
      {"no field name", with(": 3"), 400},
      {"NUL in a value", with(std::string_view("X-A: a\0b", 8)), 400},
      {"CR in a value", with("X-A: a\rb"), 400},
      {"LF alone", "GET /x HTTP/1.1\nHost: a\n\n", 400},
      {"second host", with("Host: b"), 400},
      {"no host", "GET /x HTTP/1.1\r\n\r\n", 400},
      {"no version", "GET /x\r\n\r\n", 400},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"control in the target", "GET /a\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"later version", "GET /x HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"chunked in HTTP/1.0", "POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a TLS handshake", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},
      {"no method", " /x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"unknown expectation", with("Expect: 200-ok"), 417},
  };
  start();
  for (const HostileHead& row : table) {
    SCOPED_TRACE(row.what);
    RawClient client(port());
    // A request hidden behind must not be answered.
    client.send(row.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    const RawResponse response = client.read_response();
    EXPECT_EQ(response.status, row.status) << response.body;
    EXPECT_EQ(response.headers.find("X-Refusal"), "1");
    EXPECT_EQ(response.headers.find("Connection"), "close");
    EXPECT_EQ(client.read_until_close(), "");
  }
  EXPECT_EQ(handler_.requests, 0);
}

TEST_F(HttpServerTest, MalformedChunksAreRefused) {
  start();
  for (const std::string_view chunks :
       {"x\r\n", "-1\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "fffffffffffffffff\r\n",
        "3\nabc\r\n0\r\n\r\n", "3\r\nabc0\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    SCOPED_TRACE(chunks);
    RawClient client(port());
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send(chunks);
    EXPECT_EQ(client.read_response().status, 400);
    EXPECT_EQ(client.read_until_close(), "");
  }
}

TEST_F(HttpServerTest, HeaderWithALineBreakCannotStartASecondResponse) {
  handler_.set([](const RequestHead& head) {
    std::string value(head.header("X-In"));
    value.append(head.target() == "/bad" ? "\r\nSet-Cookie: stolen" : "");
    return Response{.status = 200, .headers = {{"X-Out", std::move(value)}}, .body = "ok"};
  });
  start();
  RawClient client(port());
  EXPECT_EQ(client.request("GET /good HTTP/1.1\r\nHost: a\r\nX-In: 1\r\n\r\n").status, 200);
  const RawResponse refused = client.request("GET /bad HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(refused.status, 500);
  EXPECT_EQ(refused.headers.find("Set-Cookie"), std::nullopt);
  EXPECT_EQ(log_.warnings.count(), 1);
}

TEST_F(HttpServerTest, FramingHeadersOfTheHandlerAreDropped) {
  handler_.set([](const RequestHead&) {
    return Response{.status = 200,
                    .headers = {{"content-length", "1"},
                                {"Transfer-Encoding", "chunked"},
                                {"connection", "close"},
                                {"date", "today"},
                                {"X-Kept", ""}},
                    .body = "four"};
  });
  start();
  RawClient client(port());
  const RawResponse response = client.request(kGet);
  EXPECT_EQ(response.body, "four");
  EXPECT_EQ(response.headers.size(), 3) << "Date, X-Kept, Content-Length";
  EXPECT_EQ(client.request(kGet).status, 200);
}

TEST_F(HttpServerTest, HandlerMayCloseTheConnection) {
  handler_.set([](const RequestHead&) { return Response{.status = 200, .close = true}; });
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(kGet).headers.find("Connection"), "close");
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpServerTest, ContinueIsSentOnlyToAClientThatWaitsForIt) {
  start();
  RawClient waiting(port());
  waiting.send(put_head("/x", 4, "Expect: 100-continue\r\n"));
  EXPECT_EQ(waiting.read_response().status, 100);
  EXPECT_EQ(waiting.request("body").body, "PUT /x body");

  RawClient impatient(port());
  impatient.send(put_head("/x", 4, "Expect: 100-continue\r\n") + "body");
  EXPECT_EQ(impatient.read_response().body, "PUT /x body");
}

TEST_F(HttpServerTest, RefusalTakesThePlaceOfContinue) {
  handler_.set([](const RequestHead&) { return Response{.status = 412, .body = "exists"}; });
  start();
  RawClient client(port());
  client.send(put_head("/x", 4, "Expect: 100-continue\r\n"));
  const RawResponse refused = client.read_response();
  EXPECT_EQ(refused.status, 412);
  // The client may or may not send its body now: only a new connection is unambiguous.
  EXPECT_EQ(refused.headers.find("Connection"), "close");
  client.finish_sending();
  EXPECT_EQ(client.read_until_close(), "");
}

TEST_F(HttpServerTest, DroppedReplyIsAnswered500) {
  handler_.set([](const RequestHead& head) {
    return BufferBody{.then = [inline_drop = head.target() == "/inline"](std::string, Reply reply) {
      if (!inline_drop) {
        std::thread([dropped = std::move(reply)] {}).detach();
      }
    }};
  });
  start();
  RawClient client(port());
  EXPECT_EQ(client.request("GET /inline HTTP/1.1\r\nHost: a\r\n\r\n").status, 500);
  EXPECT_EQ(client.request("GET /thread HTTP/1.1\r\nHost: a\r\n\r\n").status, 500);
  EXPECT_EQ(handler_.refusals, 2);
}

TEST_F(HttpServerTest, ReplyComesFromAWorkerAndSeesTheHead) {
  handler_.set([&](const RequestHead& head) {
    return BufferBody{
        .bytes_max = 64, .then = [&](std::string body, Reply reply) {
          workers_.submit([&head, body = std::move(body), r = std::move(reply)]() mutable {
            r.send(text(std::string(head.header("X-Id")) + body));
          });
        }};
  });
  start();
  RawClient client(port());
  for (int i = 0; i < 200; ++i) {
    const std::string id = "X-Id: " + std::to_string(i) + "\r\n";
    EXPECT_EQ(client.request(put_head("/x", 1, id) + "!").body, std::to_string(i) + "!");
  }
}

// Holds replies until the test lets them go.
class HeldReplies {
 public:
  BodyPlan plan(const RequestHead& head) {
    return BufferBody{.bytes_max = 64, .then = [this, &head](std::string, Reply reply) {
                        const std::lock_guard lock(mutex_);
                        held_.emplace_back(std::move(reply), &head);
                        arrived.add();
                      }};
  }

  std::pair<Reply, const RequestHead*> take() {
    const std::lock_guard lock(mutex_);
    auto first = std::move(held_.front());
    held_.erase(held_.begin());
    return first;
  }

  Counter arrived;

 private:
  std::mutex mutex_;
  std::vector<std::pair<Reply, const RequestHead*>> held_;
};

TEST_F(HttpServerTest, ReplyAfterTheClientHasLeftIsHarmlessAndItsHeadStillReadable) {
  HeldReplies held;
  handler_.set([&](const RequestHead& head) { return held.plan(head); });
  start();
  {
    RawClient client(port());
    client.send(kGet);
    ASSERT_TRUE(held.arrived.wait_for(1));
  }
  auto [reply, head] = held.take();
  EXPECT_EQ(head->target(), "/x");
  EXPECT_EQ(head->header("host"), "a");
  reply.send(text(std::string(1 << 20, 'x')));
  handler_.set(echo);
  EXPECT_EQ(RawClient(port()).request(kGet).status, 200);
}

TEST_F(HttpServerTest, ReplyMayOutliveTheServer) {
  HeldReplies held;
  handler_.set([&](const RequestHead& head) { return held.plan(head); });
  start();
  RawClient first(port());
  RawClient second(port());
  first.send(kGet);
  ASSERT_TRUE(held.arrived.wait_for(1));
  second.send(kGet);
  ASSERT_TRUE(held.arrived.wait_for(2));
  EXPECT_FALSE(server_->drain(std::chrono::milliseconds(0)));
  server_.reset();
  EXPECT_EQ(first.read_until_close(), "");
  auto [sent, head] = held.take();
  EXPECT_EQ(head->target(), "/x");
  sent.send(text("too late"));
  const auto dropped = held.take();
}

TEST_F(HttpServerTest, RepliesCrossBetweenConnectionsOfOneLoop) {
  // The second request answers the first, on the loop both share.
  options_.threads = 1;
  HeldReplies held;
  handler_.set([&](const RequestHead& head) -> BodyPlan {
    if (head.target() == "/hold") {
      return held.plan(head);
    }
    held.take().first.send(text("answered by another"));
    return text("released");
  });
  start();
  RawClient waiting(port());
  waiting.send("GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(held.arrived.wait_for(1));
  EXPECT_EQ(RawClient(port()).request(kGet).body, "released");
  EXPECT_EQ(waiting.read_response().body, "answered by another");
}

TEST_F(HttpServerTest, TenThousandKeepAliveRequestsOverTwoLoops) {
  start();
  constexpr int kClients = 8;
  constexpr int kRequestsEach = 1'250;
  std::vector<std::jthread> clients;
  std::atomic<int> answered = 0;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(port());
      const std::string target = "/" + std::to_string(c);
      for (int i = 0; i < kRequestsEach; ++i) {
        const RawResponse response = client.request(put_head(target, 2) + "ab");
        answered += response.status == 200 && response.body == "PUT " + target + " ab" ? 1 : 0;
      }
    });
  }
  clients.clear();
  EXPECT_EQ(answered, kClients * kRequestsEach);
  EXPECT_EQ(handler_.requests, kClients * kRequestsEach);
}

}  // namespace
}  // namespace vc::net
