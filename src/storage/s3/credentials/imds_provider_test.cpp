#include "storage/s3/credentials/imds_provider.hpp"

#include "core/testing/fake_clock.hpp"
#include "net/testing/scripted_http.hpp"
#include "storage/testing/recording_log.hpp"

#include <fmt/chrono.h>
#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class ImdsTest : public testing::Test {
 protected:
  void will_answer(std::string body, int status = 200) {
    http_.will_answer(net::ClientResponse{.status = status, .body = std::move(body)});
  }

  void will_hand_out(std::string_view id, std::chrono::seconds life) {
    will_answer("a-token");
    will_answer("cache-role\n");
    will_answer(fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"secret",)"
                            R"("Token":"t","Expiration":"{:%Y-%m-%dT%H:%M:%SZ}"}})",
                            id, std::chrono::floor<std::chrono::seconds>(clock_.now() + life)));
  }

  void will_be_down() { http_.will_answer(fail(Errc::timeout, "no answer within 1000 ms")); }

  FakeClock clock_;
  RecordingLog log_;
  net::ScriptedHttp http_;
  ImdsProvider provider_{{.hint = "what else was looked for"}, http_, clock_, log_};
};

TEST_F(ImdsTest, ATokenFirstThenTheRoleThenItsCredentials) {
  will_hand_out("id", 6h);
  const auto credentials = provider_.fetch({});
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "id");
  const auto requests = http_.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].method, "PUT");
  EXPECT_EQ(requests[0].url, "http://169.254.169.254/latest/api/token");
  EXPECT_TRUE(requests[0].headers.find("X-aws-ec2-metadata-token-ttl-seconds"));
  EXPECT_EQ(requests[1].url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
  EXPECT_EQ(requests[2].url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/cache-role");
  for (const auto& request : requests) {
    EXPECT_EQ(request.proxy, net::Proxy::none);
    EXPECT_EQ(request.timeout, 1s);
  }
  EXPECT_EQ(requests[2].headers.find("X-aws-ec2-metadata-token"), "a-token");
}

TEST_F(ImdsTest, WithoutThemItSaysWhereElseWasLooked) {
  will_be_down();
  const auto down = provider_.fetch({});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().hint, "what else was looked for");
  will_answer("a-token");
  will_answer("", 404);
  EXPECT_EQ(provider_.fetch({}).error().code, Errc::not_found);
  will_answer("", 403);
  EXPECT_EQ(provider_.fetch({}).error().code, Errc::denied);
}

TEST_F(ImdsTest, HostileAnswersGoNoFurther) {
  will_answer("token\r\nX-Other: y");
  EXPECT_FALSE(provider_.fetch({}));
  for (const std::string_view role : {"", "../../user-data", "a b", "role?x", "role/../x"}) {
    will_answer("a-token");
    will_answer(std::string(role));
    EXPECT_FALSE(provider_.fetch({})) << role;
  }
  EXPECT_EQ(http_.requests().size(), 11U) << "nobody was asked for credentials";
}

// The service's own outages are no reason for the gateway's.
TEST_F(ImdsTest, NearTheirEndTheLastOnesAreUsedOnWhileItIsDown) {
  will_hand_out("id", 6h);
  ASSERT_TRUE(provider_.fetch({}));
  will_be_down();
  clock_.advance(5h);
  EXPECT_FALSE(provider_.fetch({})) << "there is time";
  clock_.advance(59min);
  for (int i = 0; i < 3; ++i) {
    will_be_down();
    const auto on = provider_.fetch({});
    ASSERT_TRUE(on) << on.error().message;
    EXPECT_EQ(on->access_key_id, "id");
    EXPECT_GT(*on->expires_at, clock_.now() + kCredentialsMargin);
    clock_.advance(1h);
  }
  EXPECT_EQ(log_.messages().size(), 1U) << "said once";
  will_hand_out("new", 6h);
  EXPECT_EQ(provider_.fetch({})->access_key_id, "new");
}

TEST_F(ImdsTest, ExpiredOnesThatItHandsOutAreUsedOn) {
  will_hand_out("id", -1h);
  const auto on = provider_.fetch({});
  ASSERT_TRUE(on) << on.error().message;
  EXPECT_GT(*on->expires_at, clock_.now() + kCredentialsMargin);
}

TEST_F(ImdsTest, ARefusalIsNoOutage) {
  will_hand_out("id", 6h);
  ASSERT_TRUE(provider_.fetch({}));
  clock_.advance(6h);
  will_answer("a-token");
  will_answer("", 404);
  EXPECT_FALSE(provider_.fetch({})) << "the role was taken away";
}

}  // namespace
}  // namespace vc::storage
