#include "agent/remote/retrying_http.hpp"

#include "net/testing/scripted_http.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <utility>
#include <vector>

namespace vc::agent {
namespace {

using std::chrono::milliseconds;

struct RetryingHttpTest : testing::Test {
  net::ScriptedHttp script;
  std::vector<milliseconds> pauses;
  std::function<void()> during_pause;
  RetryingHttp http{script, [this](milliseconds time, const std::stop_token& stop) {
                      pauses.push_back(time);
                      if (const auto happens = std::exchange(during_pause, {})) {
                        happens();
                      }
                      return !stop.stop_requested();
                    }};

  void answers(std::initializer_list<int> statuses, const net::Headers& headers = {}) {
    for (const int status : statuses) {
      script.will_answer(net::ClientResponse{.status = status, .headers = headers});
    }
  }

  Result<net::ClientResponse> get(const std::string& url = "http://h:1/x") {
    net::ClientRequest request;
    request.url = url;
    return http.send(request, {});
  }
};

TEST_F(RetryingHttpTest, TriesABusyServerAgainWithGrowingPauses) {
  answers({503, 500, 200});
  EXPECT_EQ(get()->status, 200);
  ASSERT_EQ(pauses.size(), 2U);
  EXPECT_GE(pauses[0], kFirstPause);
  EXPECT_LE(pauses[0], kFirstPause * 3 / 2);
  EXPECT_GE(pauses[1], kFirstPause * 2);
}

TEST_F(RetryingHttpTest, GivesUpAfterItsLastAttempt) {
  answers({503, 503, 503, 200});
  EXPECT_EQ(get()->status, 503);
  EXPECT_EQ(script.requests().size(), static_cast<std::size_t>(kAttemptsMax));
}

TEST_F(RetryingHttpTest, WaitsAsLongAsItIsToldAndNeverShorter) {
  answers({429, 200}, {{"Retry-After", "5"}});
  EXPECT_EQ(get()->status, 200);
  EXPECT_GE(pauses.at(0), milliseconds(5'000));
}

TEST_F(RetryingHttpTest, DoesNotWaitLongerThanItsLimit) {
  answers({429, 200}, {{"Retry-After", "6"}});
  EXPECT_EQ(get()->status, 429);
  EXPECT_TRUE(pauses.empty());
}

TEST_F(RetryingHttpTest, IgnoresARetryAfterThatIsNoNumber) {
  answers({503, 200}, {{"Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"}});
  EXPECT_EQ(get()->status, 200);
  EXPECT_LE(pauses.at(0), kFirstPause * 3 / 2);
}

TEST_F(RetryingHttpTest, DoesNotRepeatWhatTheServerHasRefused) {
  for (const int status : {400, 401, 403, 404, 409, 412, 507}) {
    answers({status});
    EXPECT_EQ(get()->status, status);
  }
  EXPECT_EQ(script.requests().size(), 7U);
}

TEST_F(RetryingHttpTest, StopsAskingAHostAfterTwoFailedConnections) {
  script.will_answer(fail(Errc::unavailable, "refused"));
  script.will_answer(fail(Errc::unavailable, "refused"));
  EXPECT_EQ(get().error().code, Errc::unavailable);
  EXPECT_EQ(get().error().code, Errc::overloaded);
  EXPECT_EQ(script.requests().size(), 2U);
  answers({200});
  EXPECT_EQ(get("http://other:1/x")->status, 200) << "another host is another matter";
}

// Silence was the result: each of two uploads found the breaker open and neither had a cause to
// tell.
TEST_F(RetryingHttpTest, TellsWhatItMetWhenOthersOpenTheBreakerMeanwhile) {
  script.will_answer(fail(Errc::unavailable, "reset"));
  script.will_answer(fail(Errc::timeout, "stalled"));
  during_pause = [this] { EXPECT_EQ(get().error().code, Errc::timeout); };
  const auto response = get();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().message, "reset");
  EXPECT_EQ(script.requests().size(), 2U);
}

TEST_F(RetryingHttpTest, ForgivesAfterASuccess) {
  for (int round = 0; round < 3; ++round) {
    script.will_answer(fail(Errc::unavailable, "reset"));
    answers({200});
    EXPECT_EQ(get()->status, 200);
  }
  EXPECT_FALSE(http.is_open("http://h:1/y"));
}

TEST_F(RetryingHttpTest, NeverRepeatsATimeout) {
  script.will_answer(fail(Errc::timeout, "slow"));
  EXPECT_EQ(get().error().code, Errc::timeout);
  EXPECT_EQ(script.requests().size(), 1U);
}

TEST_F(RetryingHttpTest, TellsTheReceiverToStartOverBeforeEveryAttempt) {
  answers({503});
  script.will_answer(net::ClientResponse{.status = 200, .body = "bytes"});
  int restarts = 0;
  std::string received;
  net::ClientRequest request;
  request.url = "http://h/x";
  ASSERT_TRUE(http.send(
      request, {},
      [&](ByteView bytes) -> Result<void> {
        received += as_text(bytes);
        return {};
      },
      [&]() -> Result<void> {
        ++restarts;
        received.clear();
        return {};
      }));
  EXPECT_EQ(restarts, 2);
  EXPECT_EQ(received, "bytes");
}

TEST_F(RetryingHttpTest, StopsWhenAskedTo) {
  std::stop_source stop;
  answers({503});
  stop.request_stop();
  net::ClientRequest request;
  request.url = "http://h/x";
  EXPECT_EQ(http.send(request, stop.get_token()).error().code, Errc::canceled);
}

TEST(HostOf, IsHostAndPort) {
  EXPECT_EQ(host_of("https://cache.example.com:8080/x?y"), "cache.example.com:8080");
  EXPECT_EQ(host_of("http://cache"), "cache");
  EXPECT_EQ(host_of("http://cache?x"), "cache");
}

}  // namespace
}  // namespace vc::agent
