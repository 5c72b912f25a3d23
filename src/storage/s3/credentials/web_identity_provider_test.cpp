#include "storage/s3/credentials/web_identity_provider.hpp"

#include "core/temp_dir.hpp"
#include "net/testing/scripted_http.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

constexpr std::string_view kStsAnswer =
    "<R><Credentials><AccessKeyId>id</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
    "<SessionToken>token</SessionToken><Expiration>2026-11-23T01:22:37Z</Expiration></Credentials>"
    "</R>";

class WebIdentityTest : public testing::Test {
 protected:
  WebIdentityTest() { write("identity +/token\n"); }

  void write(std::string_view text) {
    ASSERT_TRUE(write_file_atomically(folder_.path() / "token", text));
  }

  Result<Credentials> answered(int status, std::string_view body) {
    http_.will_answer(net::ClientResponse{.status = status, .body = std::string(body)});
    return provider_.fetch({});
  }

  TempDir folder_ = *TempDir::create();
  net::ScriptedHttp http_;
  WebIdentityProvider provider_{{.role_arn = "arn:aws:iam::1:role/cache",
                                 .token_file = folder_.path() / "token",
                                 .session_name = "a session",
                                 .endpoint = "https://sts.eu-west-1.amazonaws.com"},
                                http_};
};

TEST_F(WebIdentityTest, TheTokenIsExchangedInOneUnsignedForm) {
  const auto credentials = answered(200, kStsAnswer);
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->session_token, "token");
  const auto request = http_.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_FALSE(request.headers.find("Authorization"));
  EXPECT_EQ(request.headers.find("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body,
            "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fcache&"
            "RoleSessionName=a%20session&Version=2011-06-15&"
            "WebIdentityToken=identity%20%2B%2Ftoken");
}

TEST_F(WebIdentityTest, TheFileIsReadEachTime) {
  ASSERT_TRUE(answered(200, kStsAnswer));
  write("second");
  ASSERT_TRUE(answered(200, kStsAnswer));
  EXPECT_TRUE(http_.requests().at(1).body.ends_with("WebIdentityToken=second"));
}

TEST_F(WebIdentityTest, RefusalsNameTheCodeAndTheRemedyButNeverTheToken) {
  const auto expired = answered(
      400, "<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>identity</Message>");
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, Errc::denied);
  EXPECT_NE(expired.error().message.find("ExpiredTokenException"), std::string::npos);
  EXPECT_NE(expired.error().hint.find("expired"), std::string::npos);
  EXPECT_EQ(expired.error().message.find("identity"), std::string::npos);
  EXPECT_EQ(answered(503, "busy").error().code, Errc::unavailable);
  EXPECT_FALSE(answered(200, "<html>")) << "no answer of STS";
  EXPECT_FALSE(answered(301, kStsAnswer));
}

TEST_F(WebIdentityTest, WithoutATokenNobodyIsAsked) {
  write(" \n");
  EXPECT_FALSE(provider_.fetch({}));
  write(std::string(20'001, 'x'));
  EXPECT_FALSE(provider_.fetch({}));
  fs::remove(folder_.path() / "token");
  const auto absent = provider_.fetch({});
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().hint.find("AWS_WEB_IDENTITY_TOKEN_FILE"), std::string::npos);
  EXPECT_TRUE(http_.requests().empty());
}

TEST(StsEndpoint, IsThatOfTheRegion) {
  EXPECT_EQ(sts_endpoint("eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(sts_endpoint("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn");
  for (const std::string_view bad : {"", "a.b", "evil.example/", "a b", "x@y", "US-EAST-1"}) {
    EXPECT_FALSE(sts_endpoint(bad)) << bad;
  }
}

}  // namespace
}  // namespace vc::storage
