// The end of a server: nobody's request is lost, and nobody holds it up for ever.
#include "http_server_fixture.hpp"

#include <future>

namespace vc::net {
namespace {

using namespace std::chrono_literals;

class HttpDrainTest : public HttpServerTest {
 protected:
  HttpDrainTest() {
    handler_.set([this](const RequestHead& head) -> BodyPlan {
      if (head.target() != "/wait") {
        return text("now");
      }
      return BufferBody{.bytes_max = 64, .then = [this](std::string, Reply reply) {
                          workers_.submit([this, r = std::move(reply)]() mutable {
                            in_flight_.add();
                            go_on_.wait_for(1);
                            r.send(text("finished"));
                          });
                        }};
    });
  }

  static constexpr std::string_view kWait = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";

  Counter in_flight_;
  Counter go_on_;
};

TEST_F(HttpDrainTest, RequestInFlightIsAnsweredAndToldThatItWasTheLast) {
  options_.threads = 1;  // What one connection has seen of the end, the other one's loop knows.
  start();
  RawClient idle(port());
  EXPECT_EQ(idle.request(kGet).status, 200);
  RawClient busy(port());
  busy.send(kWait);
  ASSERT_TRUE(in_flight_.wait_for(1));
  auto drained = std::async(std::launch::async, [&] { return server_->drain(20s); });
  EXPECT_EQ(idle.read_until_close(), "");  // Draining has begun.
  EXPECT_FALSE(idle.was_reset());
  go_on_.add();
  const RawResponse last = busy.read_response();
  EXPECT_EQ(last.body, "finished");
  EXPECT_EQ(last.headers.find("Connection"), "close");
  EXPECT_TRUE(drained.get());
  EXPECT_EQ(server_->open_connections(), 0);
  EXPECT_TRUE(server_->drain(0s)) << "a second time it only says how it went";
}

TEST_F(HttpDrainTest, NewConnectionsAreRefused) {
  start();
  EXPECT_TRUE(server_->drain(20s));
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port())};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_NE(0, ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)));
}

TEST_F(HttpDrainTest, RequestThatDoesNotFinishInTimeIsCutAndSaidSo) {
  start();
  RawClient busy(port());
  busy.send(kWait);
  ASSERT_TRUE(in_flight_.wait_for(1));
  EXPECT_FALSE(server_->drain(10ms));
  EXPECT_EQ(busy.read_until_close(), "");
  go_on_.add();
}

TEST_F(HttpDrainTest, HeadThatHasBegunIsWaitedFor) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.request(kGet).status, 200);
  RawClient idle(port());
  EXPECT_EQ(idle.request(kGet).status, 200);
  client.send(kGet.substr(0, 10));
  auto drained = std::async(std::launch::async, [&] { return server_->drain(20s); });
  EXPECT_EQ(idle.read_until_close(), "");
  client.send(kGet.substr(10));
  EXPECT_EQ(client.read_response().body, "now");
  EXPECT_TRUE(drained.get());
}

TEST_F(HttpDrainTest, ServerThatIsDestroyedWithoutDrainingCutsItsConnections) {
  start();
  RawClient busy(port());
  busy.send(kWait);
  ASSERT_TRUE(in_flight_.wait_for(1));
  server_.reset();
  EXPECT_EQ(busy.read_until_close(), "");
  go_on_.add();
}

}  // namespace
}  // namespace vc::net
