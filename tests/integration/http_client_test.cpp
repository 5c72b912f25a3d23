// The HTTP client against our own server, and against one that misbehaves as it is told.
#include "net/http_client.hpp"

#include "http_server_fixture.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <fcntl.h>

#include <thread>

namespace vc::net {
namespace {

using namespace std::chrono_literals;

// Accepts connections and plays one scripted answer on each, whatever is asked.
class ScriptedPeer {
 public:
  enum class Then { close, wait_for_client, reset };

  ScriptedPeer(std::string answer, Then then)
      : answer_(std::move(answer)), then_(then), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(0, ::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size));
    EXPECT_EQ(0, ::listen(fd_.get(), 16));
    EXPECT_EQ(0, ::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size));
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { run(); });
  }

  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;
  ScriptedPeer(ScriptedPeer&&) = delete;
  ScriptedPeer& operator=(ScriptedPeer&&) = delete;

  ~ScriptedPeer() { ::shutdown(fd_.get(), SHUT_RDWR); }

  std::string url(std::string_view rest) const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(rest);
  }

  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

  Counter requests;
  std::string last_request;  // Readable once `requests` counts it.

 private:
  void run() {
    for (;;) {
      const UniqueFd client(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client.valid()) {
        return;
      }
      std::string received;
      std::array<char, 64 << 10> piece{};
      while (!received.contains("\r\n\r\n")) {
        const ssize_t bytes = ::recv(client.get(), piece.data(), piece.size(), 0);
        if (bytes <= 0) {
          break;
        }
        received.append(piece.data(), static_cast<std::size_t>(bytes));
      }
      last_request = std::move(received);
      requests.add();
      ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
      if (then_ == Then::wait_for_client) {
        while (::recv(client.get(), piece.data(), piece.size(), 0) > 0) {
        }
      } else if (then_ == Then::reset) {
        const linger none{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &none, sizeof(none));
      }
    }
  }

  std::string answer_;
  Then then_;
  UniqueFd fd_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

// Counts the connections the server sees through the peers' ports.
class HttpClientTest : public HttpServerTest {
 protected:
  std::string url(std::string_view rest) const {
    return "http://127.0.0.1:" + std::to_string(port()) + std::string(rest);
  }

  std::unique_ptr<HttpClient> client_ = make_http_client();
};

TEST_F(HttpClientTest, AnyStatusIsAnAnswer) {
  handler_.set([](const RequestHead& head) {
    return Response{.status = head.target() == "/404" ? 404 : 200,
                    .headers = {{"X-Method", std::string(head.method())}},
                    .body = "hello"};
  });
  start();
  for (const std::string method : {"GET", "DELETE", "OPTIONS", "POST", "PUT"}) {
    const auto answer = client_->send({.method = method, .url = url("/404")});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 404);
    EXPECT_EQ(answer->headers.find("x-method"), method);
    EXPECT_EQ(answer->body, "hello");
  }
  const auto head = client_->send({.method = "HEAD", .url = url("/")});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->headers.find("Content-Length"), "5");
}

// What a machine says about itself is nobody's business in between.
TEST_F(HttpClientTest, AProxyOfTheEnvironmentCountsUnlessTheRequestRulesItOut) {
  start();
  const auto set = [](const char* name, const char* value) {
    ASSERT_EQ(::setenv(name, value, 1), 0);
  };
  set("http_proxy", "http://127.0.0.1:1");  // Nobody listens there.
  set("no_proxy", "");
  set("NO_PROXY", "");
  EXPECT_FALSE(client_->send({.url = url("/")}));
  const auto direct = client_->send({.url = url("/"), .proxy = Proxy::none});
  for (const char* const name : {"http_proxy", "no_proxy", "NO_PROXY"}) {
    EXPECT_EQ(::unsetenv(name), 0);
  }
  EXPECT_TRUE(direct) << direct.error().message;
}

TEST_F(HttpClientTest, OnlyTheHeadersOfTheRequestAreSent) {
  ScriptedPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ScriptedPeer::Then::close);
  const auto answer = client_->send({.method = "POST",
                                     .url = peer.url("/p"),
                                     .headers = {{"X-One", "1"}, {"X-Empty", ""}},
                                     .body = std::string(100, 'b')});
  ASSERT_TRUE(answer) << answer.error().message;
  const std::string head = peer.last_request.substr(0, peer.last_request.find("\r\n\r\n"));
  EXPECT_EQ(head, "POST /p HTTP/1.1\r\nHost: " + peer.authority() +
                      "\r\nUser-Agent: velocitycache/" VC_VERSION
                      "\r\nX-One: 1\r\nX-Empty:\r\nContent-Length: 100");
}

TEST_F(HttpClientTest, HeaderWithALineBreakIsNotSent) {
  const auto answer =
      client_->send({.url = "http://127.0.0.1:1/", .headers = {{"X", "1\r\nY: 2"}}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::invalid);
}

TEST_F(HttpClientTest, RefusedPortIsUnavailableAndNamed) {
  const auto answer = client_->send({.url = "http://127.0.0.1:1/secret?X-Amz-Signature=s3cret"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_EQ(answer.error().message, "connect to 127.0.0.1:1: Connection refused");
}

TEST_F(HttpClientTest, NameThatDoesNotResolveIsUnavailableAndNamed) {
  const auto answer = client_->send({.url = "http://no-such-host.invalid/"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_TRUE(answer.error().message.starts_with("connect to no-such-host.invalid:80: "))
      << answer.error().message;
}

TEST_F(HttpClientTest, OtherSchemesAreInvalid) {
  for (const char* const bad :
       {"file:///etc/passwd", "ftp://127.0.0.1/", "nonsense", "", "http://"}) {
    const auto answer = client_->send({.url = bad});
    ASSERT_FALSE(answer) << bad;
    EXPECT_EQ(answer.error().code, Errc::invalid) << bad;
  }
}

TEST_F(HttpClientTest, RedirectIsAnAnswerAndNotFollowed) {
  handler_.set([](const RequestHead&) {
    return Response{.status = 302, .headers = {{"Location", "http://127.0.0.1:1/"}}};
  });
  start();
  const auto answer = client_->send({.url = url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(handler_.requests, 1);
}

TEST_F(HttpClientTest, AnswerThatNeverComesIsATimeoutWithoutTheQuery) {
  ScriptedPeer peer("", ScriptedPeer::Then::wait_for_client);
  const auto answer = client_->send({.url = peer.url("/path?token=s3cret"), .timeout = 100ms});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
  EXPECT_EQ(answer.error().message,
            "GET http://" + peer.authority() + "/path: no answer within 100 ms");
}

TEST_F(HttpClientTest, AnswerThatStopsMovingIsATimeout) {
  ScriptedPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                    ScriptedPeer::Then::wait_for_client);
  const auto answer = client_->send({.url = peer.url("/"), .timeout = 0ms, .stall_timeout = 100ms});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timeout);
  EXPECT_TRUE(answer.error().message.contains("no byte moved for 100 ms"));
}

// B24: a truncated artifact is never taken for a whole one.
TEST_F(HttpClientTest, AnswerCutOffIsCorrupt) {
  for (const auto then : {ScriptedPeer::Then::close, ScriptedPeer::Then::reset}) {
    for (const char* const head :
         {"Content-Length: 100\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n8\r\nhalf"}) {
      ScriptedPeer peer("HTTP/1.1 200 OK\r\n" + std::string(head), then);
      std::string received;
      const auto answer = client_->send({.url = peer.url("/")}, [&](ByteView piece) {
        received.append(as_text(piece));
        return Result<void>{};
      });
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().code, Errc::corrupt) << answer.error().message;
    }
  }
}

TEST_F(HttpClientTest, NoAnswerAtAllIsUnavailable) {
  ScriptedPeer peer("", ScriptedPeer::Then::close);
  const auto answer = client_->send({.url = peer.url("/")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
}

TEST_F(HttpClientTest, SomethingThatIsNotHttpIsUnavailable) {
  ScriptedPeer peer("220 smtp.example ESMTP\r\n", ScriptedPeer::Then::close);
  const auto answer = client_->send({.url = peer.url("/")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable) << answer.error().message;
}

TEST_F(HttpClientTest, EndlessHeadIsTooLarge) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 5'000; ++i) {
    head += "X-" + std::to_string(i) + ": " + std::string(60, 'x') + "\r\n";
  }
  ScriptedPeer peer(head, ScriptedPeer::Then::wait_for_client);
  const auto answer = client_->send({.url = peer.url("/")});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::too_large);
}

TEST_F(HttpClientTest, BufferedAnswerOfExactlyTheLimitIsTakenAndOneByteMoreIsTooLarge) {
  handler_.set([](const RequestHead& head) {
    return text(std::string(head.target() == "/more" ? 1'001 : 1'000, 'x'));
  });
  start();
  const auto fits = client_->send({.url = url("/"), .response_bytes_max = 1'000});
  ASSERT_TRUE(fits);
  EXPECT_EQ(fits->body.size(), 1'000);
  const auto more = client_->send({.url = url("/more"), .response_bytes_max = 1'000});
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::too_large);
}

TEST_F(HttpClientTest, ReceiverGetsASuccessPieceByPieceAndNoError) {
  const std::string content(3'000'000, 'c');
  handler_.set([&](const RequestHead& head) {
    return Response{.status = head.target() == "/error" ? 500 : 200, .body = content};
  });
  start();
  std::size_t received = 0;
  const HttpClient::Receiver receiver = [&](ByteView piece) {
    received += piece.size();
    return Result<void>{};
  };
  const auto success = client_->send({.url = url("/"), .response_bytes_max = 10}, receiver);
  ASSERT_TRUE(success) << success.error().message;
  EXPECT_EQ(received, content.size());
  EXPECT_EQ(success->body, "");

  const auto error = client_->send({.url = url("/error"), .response_bytes_max = 10}, receiver);
  ASSERT_TRUE(error) << error.error().message;
  EXPECT_EQ(error->status, 500);
  EXPECT_EQ(error->body.size(), 64 * 1024) << "the start of what the server said";
  EXPECT_EQ(received, content.size());
}

TEST_F(HttpClientTest, ErrorOfTheReceiverEndsTheTransferAndIsReturned) {
  handler_.set([](const RequestHead&) { return text(std::string(8 << 20, 'x')); });
  start();
  int calls = 0;
  const auto answer = client_->send({.url = url("/")}, [&](ByteView) -> Result<void> {
    ++calls;
    return fail(Errc::no_space, "write /x: No space left on device");
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::no_space);
  EXPECT_EQ(answer.error().message, "write /x: No space left on device");
  EXPECT_EQ(calls, 1);
}

TEST_F(HttpClientTest, AHundredRequestsUseOneConnection) {
  start();
  for (int i = 0; i < 100; ++i) {
    const auto answer = client_->send(
        {.method = i % 2 == 0 ? "GET" : "PUT", .url = url("/"), .body = i % 2 == 0 ? "" : "body"});
    ASSERT_TRUE(answer) << answer.error().message;
  }
  // No connection has been closed meanwhile (the server would still answer on it), so all that were
  // made are open.
  EXPECT_EQ(server_->open_connections(), 1);
  EXPECT_EQ(handler_.requests, 100);
}

TEST_F(HttpClientTest, KeptConnectionThatHasDiedIsReplacedEvenForAnUpload) {
  start();
  ASSERT_TRUE(client_->send({.method = "PUT", .url = url("/"), .body = "one"}));
  options_.port = port();
  server_.reset();
  start();
  const auto answer = client_->send({.method = "PUT", .url = url("/"), .body = "two"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "PUT / two");
}

TEST_F(HttpClientTest, ParallelRequestsDoNotMix) {
  start();
  std::atomic<int> right = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        const auto answer = client_->send({.method = "PUT", .url = url("/" + id), .body = id});
        right += answer && answer->body == "PUT /" + id + " " + id ? 1 : 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 400);
}

TEST_F(HttpClientTest, FileIsUploadedFromItsStartWhateverItsOffset) {
  auto directory = TempDir::create();
  ASSERT_TRUE(directory);
  const fs::path path = directory->path() / "body";
  const std::string content(3'000'000, 'f');
  ASSERT_TRUE(write_file_atomically(path, content + "not sent"));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  ::lseek(fd.get(), 100, SEEK_SET);
  handler_.set([&](const RequestHead& head) {
    return BufferBody{
        .bytes_max = 4 << 20,
        .then = [&, length = head.content_length()](std::string body, Reply reply) {
          reply.send(text(body == content && length == content.size() ? "same" : "differs"));
        }};
  });
  start();
  for (int i = 0; i < 2; ++i) {
    const auto answer = client_->send(
        {.method = "PUT", .url = url("/"), .body_fd = fd.get(), .body_fd_bytes = content.size()});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "same");
  }
}

TEST_F(HttpClientTest, FileShorterThanSaidIsAnErrorOfOurOwn) {
  auto directory = TempDir::create();
  ASSERT_TRUE(directory);
  const fs::path path = directory->path() / "body";
  ASSERT_TRUE(write_file_atomically(path, "short"));
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  start();
  const auto answer =
      client_->send({.method = "PUT", .url = url("/"), .body_fd = fd.get(), .body_fd_bytes = 60});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::io);
  EXPECT_TRUE(answer.error().message.contains("ended early"));
}

TEST_F(HttpClientTest, RefusalOfAnUploadIsHeardWhileItIsSent) {
  handler_.set([](const RequestHead&) { return Response{.status = 412, .body = "exists"}; });
  start();
  const auto answer =
      client_->send({.method = "PUT", .url = url("/"), .body = std::string(16 << 20, 'x')});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 412);
}

TEST_F(HttpClientTest, StopEndsAWaitingTransfer) {
  ScriptedPeer peer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
                    ScriptedPeer::Then::wait_for_client);
  std::stop_source stop;
  std::jthread stopper([&] {
    ASSERT_TRUE(peer.requests.wait_for(1));
    stop.request_stop();
  });
  const auto answer = client_->send({.url = peer.url("/"), .timeout = 0ms, .stall_timeout = 0ms},
                                    {}, stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::canceled);

  const auto again = client_->send({.url = peer.url("/")}, {}, stop.get_token());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::canceled);
}

}  // namespace
}  // namespace vc::net
