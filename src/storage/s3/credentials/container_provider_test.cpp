#include "storage/s3/credentials/container_provider.hpp"

#include "core/temp_dir.hpp"
#include "net/testing/scripted_http.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

constexpr std::string_view kContainerAnswer =
    R"({"AccessKeyId":"id","SecretAccessKey":"secret","Token":"t","Expiration":"2026-11-23T01:22:37Z"})";

TEST(ContainerUrl, ARelativeOneIsOnEcsOwnAddressAndWins) {
  EXPECT_EQ(container_url("/v2/credentials/x?y=1", "http://evil.example/"),
            "http://169.254.170.2/v2/credentials/x?y=1");
  for (const std::string_view bad :
       {"v2", "@evil.example/", ":80@evil.example/", ".evil.example", "/a b", "/a\r\nHost: x"}) {
    EXPECT_FALSE(container_url(bad, "")) << bad;
  }
}

TEST(ContainerUrl, AllowedHostsAreKept) {
  for (const std::string_view url :
       {"https://credentials.example/x", "http://127.0.0.1:8080/x?y", "http://127.9.9.9/",
        "http://localhost:80/x", "http://[::1]:8080/x", "http://169.254.170.2/x",
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"}) {
    const auto made = container_url("", url);
    ASSERT_TRUE(made) << url;
    EXPECT_EQ(*made, url);
  }
  EXPECT_EQ(container_url("", "http://127.0.0.1"), "http://127.0.0.1/");
}

TEST(ContainerUrl, EveryOtherHostIsRefused) {
  for (const std::string_view url : {"http://evil.example/",
                                     "http://169.254.169.254/latest",
                                     "http://169.254.170.3/",
                                     "http://10.0.0.1/",
                                     "http://0.0.0.0/",
                                     "http://2130706433/",
                                     "http://0x7f.0.0.1/",
                                     "http://127.1/",
                                     "http://127.0.0.1.evil.example/",
                                     "http://localhost.evil.example/",
                                     "http://127.0.0.1@evil.example/",
                                     "http://user@127.0.0.1/",
                                     "http://[::ffff:127.0.0.1]/",
                                     "http://[::2]/",
                                     "http://[fd00:ec2::24]/",
                                     "http://[fe80::1]/",
                                     "http://%31%32%37.0.0.1/",
                                     "http:///x",
                                     "http://",
                                     "ftp://127.0.0.1/",
                                     "file:///etc/passwd",
                                     "127.0.0.1/x",
                                     "",
                                     "https://user:pass@credentials.example/"}) {
    const auto made = container_url("", url);
    EXPECT_FALSE(made) << url << " -> " << made.value_or("");
  }
}

class ContainerTest : public testing::Test {
 protected:
  Result<Credentials> answered(int status, std::string_view body) {
    http_.will_answer(net::ClientResponse{.status = status, .body = std::string(body)});
    return ContainerProvider(endpoint_, http_).fetch({});
  }

  TempDir folder_ = *TempDir::create();
  net::ScriptedHttp http_;
  CredentialsEndpoint endpoint_{.url = "http://169.254.170.2/v2/hush", .token = "from-variable"};
};

TEST_F(ContainerTest, TheTokenGoesWithTheQuestionAndNoProxyIsAsked) {
  const auto credentials = answered(200, kContainerAnswer);
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->access_key_id, "id");
  const auto request = http_.requests().at(0);
  EXPECT_EQ(request.url, endpoint_.url);
  EXPECT_EQ(request.headers.find("Authorization"), "from-variable");
  EXPECT_EQ(request.proxy, net::Proxy::none);
  endpoint_.url = "https://credentials.example/x";
  ASSERT_TRUE(answered(200, kContainerAnswer));
  EXPECT_EQ(http_.requests().at(1).proxy, net::Proxy::from_environment);
}

TEST_F(ContainerTest, AFileOfTheTokenWinsAndIsReadEachTime) {
  endpoint_.token_file = folder_.path() / "token";
  ASSERT_TRUE(write_file_atomically(endpoint_.token_file, "first\n"));
  ASSERT_TRUE(answered(200, kContainerAnswer));
  ASSERT_TRUE(write_file_atomically(endpoint_.token_file, "second\n"));
  ASSERT_TRUE(answered(200, kContainerAnswer));
  EXPECT_EQ(http_.requests().at(0).headers.find("Authorization"), "first");
  EXPECT_EQ(http_.requests().at(1).headers.find("Authorization"), "second");
}

TEST_F(ContainerTest, ATokenCannotBecomeASecondHeader) {
  endpoint_.token_file = folder_.path() / "token";
  ASSERT_TRUE(write_file_atomically(endpoint_.token_file, "a\r\nX-Other: hush"));
  const auto refused = answered(200, kContainerAnswer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("hush"), std::string::npos);
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(ContainerTest, FailuresSayNothingOfThePathWhichIsASecret) {
  http_.will_answer(fail(Errc::timeout, "GET http://169.254.170.2:80/v2/hush: no answer"));
  const auto down = ContainerProvider(endpoint_, http_).fetch({});
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Errc::timeout);
  EXPECT_EQ(down.error().message, "GET http://169.254.170.2:80/...: no answer");
  EXPECT_EQ(answered(401, "").error().code, Errc::denied);
  EXPECT_EQ(answered(503, "").error().code, Errc::unavailable);
  EXPECT_FALSE(answered(302, kContainerAnswer));
  EXPECT_FALSE(answered(200, "{}"));
}

}  // namespace
}  // namespace vc::storage
