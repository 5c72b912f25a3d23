#include "storage/gcs/service_account.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/rsa_test_keys.hpp"
#include "storage/gcs/testing/key_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

std::string said(const Error& error) {
  return error.message + '\n' + error.hint;
}

TEST(ServiceAccount, AKeyFileIsReadAsTheConsoleWritesIt) {
  const auto account = parse_service_account(key_file_json());
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->client_email, "gateway@project.iam.gserviceaccount.com");
  EXPECT_EQ(hex_encode(account->key.sign("message")), kRsaTestSignature);
}

TEST(ServiceAccount, WhatIsNoneIsRefusedWithAReason) {
  const auto reason = [](const std::string& json) {
    const auto account = parse_service_account(json);
    return account ? "none" : account.error().message;
  };
  EXPECT_EQ(reason(""), "it is no JSON object");
  EXPECT_EQ(reason("[1]"), "it is no JSON object");
  EXPECT_EQ(reason("{}"), "its type is not service_account");
  EXPECT_EQ(reason(key_file_json({.type = "authorized_user"})), "its type is not service_account");
  for (const std::string_view email : {"", "nobody", "a b@c", "a/b@c", "a@b\\u0000"}) {
    EXPECT_EQ(reason(key_file_json({.client_email = email})), "it has no client_email") << email;
  }
  EXPECT_TRUE(reason(key_file_json({.private_key = ""})).starts_with("private_key: "));
  EXPECT_TRUE(reason(key_file_json({.private_key = kEd25519TestKey})).starts_with("private_key: "));
  EXPECT_TRUE(
      reason(key_file_json({.private_key = kShortRsaTestKey})).starts_with("private_key: "));
}

TEST(ServiceAccount, ErrorsNameTheFileAndNeverWhatIsInIt) {
  const auto folder = TempDir::create();
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "key.json";
  const auto missing = read_service_account(file);
  ASSERT_FALSE(missing);
  EXPECT_NE(said(missing.error()).find(file.string()), std::string::npos);

  for (const std::string& content :
       {std::string("the-secret"), key_file_json({.private_key = "the-secret"}),
        key_file_json({.type = "the-secret"}), key_file_json({.client_email = "the-secret"})}) {
    ASSERT_TRUE(write_file_atomically(file, content));
    const auto account = read_service_account(file);
    ASSERT_FALSE(account);
    EXPECT_NE(said(account.error()).find(file.string()), std::string::npos);
    EXPECT_NE(said(account.error()).find("GOOGLE_APPLICATION_CREDENTIALS"), std::string::npos);
    EXPECT_EQ(said(account.error()).find("the-secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace vc::storage
