#include "storage/s3/credentials/checked_credentials.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

std::int64_t seconds_of(std::string_view text) {
  const auto time = parse_expiration(text);
  return time ? std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count() : -1;
}

TEST(Expiration, IsRfc3339InUtc) {
  EXPECT_EQ(seconds_of("1970-01-01T00:00:10Z"), 10);
  EXPECT_EQ(seconds_of("2026-11-23T01:22:37Z"), 1'795'396'957);
  EXPECT_EQ(seconds_of("2024-02-29T00:00:00.5Z"), 1'709'164'800);
  EXPECT_EQ(seconds_of("2026-11-23T01:22:37.123456789Z"), 1'795'396'957);
}

TEST(Expiration, AnythingElseIsNone) {
  for (const std::string_view text :
       {"", "Z", "2026-11-23", "2026-11-23T01:22:37", "2026-11-23 01:22:37Z",
        "2026-11-23T01:22:37+01:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T00:60:00Z", "2026-11-23T00:00:61Z",
        "2026-11-23T01:22:37.Z", "2026-11-23T01:22:37.1234567890Z", "2026-11-23T01:22:37,5Z",
        "2026-11-23T01:22:37.5xZ", "-026-11-23T01:22:37Z", " 2026-11-23T01:22:37Z",
        "2026-11-23T01:22:37ZZ", "1795398157"}) {
    EXPECT_FALSE(parse_expiration(text)) << text;
  }
}

Credentials good() {
  return {.access_key_id = "AKIA", .secret_access_key = "s3cr/et+=", .session_token = "t/o+k="};
}

TEST(CheckedCredentials, WhatCanBeCredentialsPasses) {
  EXPECT_TRUE(checked_credentials(good()));
  Credentials without_token = good();
  without_token.session_token.clear();
  EXPECT_TRUE(checked_credentials(without_token));
}

TEST(CheckedCredentials, WhatCannotIsRefusedAndNotRepeated) {
  for (std::string Credentials::* const part :
       {&Credentials::access_key_id, &Credentials::secret_access_key,
        &Credentials::session_token}) {
    for (const std::string& bad :
         {std::string("tell\nnobody"), std::string("tell nobody"), std::string("tell\0nobody", 11),
          std::string("tell\xc3\xa9nobody"), "tell" + std::string(20'000, 'x')}) {
      Credentials credentials = good();
      credentials.*part = bad;
      const auto checked = checked_credentials(credentials);
      ASSERT_FALSE(checked);
      EXPECT_EQ(checked.error().code, Errc::invalid);
      EXPECT_EQ((checked.error().message + checked.error().hint).find("tell"), std::string::npos);
    }
  }
  Credentials half = good();
  half.secret_access_key.clear();
  EXPECT_FALSE(checked_credentials(half));
}

}  // namespace
}  // namespace vc::storage
