#include "storage/s3/credentials/credentials_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

TEST(CredentialsJson, OfAContainerAndOfAnInstanceAreUnderstood) {
  const auto container = parse_credentials_json(
      R"({"RoleArn":"r","AccessKeyId":"id","SecretAccessKey":"secret","Token":"token",)"
      R"("Expiration":"2026-11-23T01:22:37Z"})");
  ASSERT_TRUE(container) << container.error().message;
  EXPECT_EQ(container->access_key_id, "id");
  EXPECT_EQ(container->secret_access_key, "secret");
  EXPECT_EQ(container->session_token, "token");
  EXPECT_TRUE(container->expires_at);
  const auto instance = parse_credentials_json(
      R"({"Code":"Success","LastUpdated":"x","Type":"AWS-HMAC","AccessKeyId":"id",)"
      R"("SecretAccessKey":"secret","Token":"token","Expiration":"2026-11-23T01:22:37Z"})");
  EXPECT_TRUE(instance) << instance.error().message;
}

TEST(CredentialsJson, ACodeOtherThanSuccessIsNamedAsFarAsItIsOne) {
  const auto refused = parse_credentials_json(R"({"Code":"AssumeRoleUnauthorizedAccess"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::denied);
  EXPECT_NE(refused.error().message.find("AssumeRoleUnauthorizedAccess"), std::string::npos);
  const auto odd = parse_credentials_json(R"({"Code":"a\nforged line"})");
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().message.find("forged"), std::string::npos);
}

TEST(CredentialsJson, HostileTextIsRefusedAndNotRepeated) {
  for (const std::string& text : {
           std::string(),
           std::string("null"),
           std::string("[]"),
           std::string("<html>hush</html>"),
           std::string(R"({"AccessKeyId":"id"})"),
           std::string(R"({"AccessKeyId":"id","SecretAccessKey":7})"),
           std::string(R"({"AccessKeyId":"","SecretAccessKey":"hush"})"),
           std::string(R"({"AccessKeyId":"id","SecretAccessKey":"hush\u0000"})"),
           std::string(R"({"AccessKeyId":"id","SecretAccessKey":"hush\r\nX: y"})"),
           std::string(R"({"AccessKeyId":"id","SecretAccessKey":"hush","Expiration":"soon"})"),
           std::string(R"({"AccessKeyId":"id","AccessKeyId":"x","SecretAccessKey":"hush"})"),
           std::string(R"({"AccessKeyId":"id","SecretAccessKey":"hush")"),
           std::string(100'000, '['),
       }) {
    const auto parsed = parse_credentials_json(text);
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error().message.find("hush"), std::string::npos) << parsed.error().message;
  }
}

}  // namespace
}  // namespace vc::storage
