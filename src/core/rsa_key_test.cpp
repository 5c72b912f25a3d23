#include "core/rsa_key.hpp"

#include "core/testing/rsa_test_keys.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace vc {
namespace {

TEST(RsaKey, SignsWhatTheOpensslProgramSigns) {
  const auto key = RsaKey::parse(kRsaTestKey);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(hex_encode(key->sign("message")), kRsaTestSignature);
  EXPECT_NE(key->sign("massage"), key->sign("message"));
}

TEST(RsaKey, NothingButAnRsaKeyOfDecentLengthIsTaken) {
  for (const std::string_view pem : {std::string_view(""), std::string_view("no key at all"),
                                     kRsaTestKey.substr(0, kRsaTestKey.size() / 2),
                                     kShortRsaTestKey, kEd25519TestKey, kEncryptedTestKey}) {
    const auto key = RsaKey::parse(pem);
    ASSERT_FALSE(key) << pem;
    EXPECT_EQ(key.error().code, Errc::invalid);
  }
  EXPECT_NE(RsaKey::parse(kShortRsaTestKey).error().message.find("2048"), std::string::npos);
}

TEST(RsaKey, ErrorsRepeatNothingOfTheText) {
  const auto key =
      RsaKey::parse("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
  ASSERT_FALSE(key);
  EXPECT_EQ((key.error().message + key.error().hint).find("c2Vj"), std::string::npos);
}

TEST(RsaKey, ManyThreadsShareOneKey) {
  const auto key = RsaKey::parse(kRsaTestKey);
  ASSERT_TRUE(key);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([copy = *key] {
      for (int round = 0; round < 20; ++round) {
        ASSERT_EQ(hex_encode(copy.sign("message")), kRsaTestSignature);
      }
    });
  }
}

}  // namespace
}  // namespace vc
