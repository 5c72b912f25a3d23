#include "core/bytes.hpp"

#include <gtest/gtest.h>

namespace vc {
namespace {

std::string text_of(const Result<Bytes>& bytes) {
  EXPECT_TRUE(bytes.has_value());
  return bytes ? std::string(as_text(*bytes)) : "";
}

bool is_invalid(const Result<Bytes>& bytes) {
  return !bytes && bytes.error().code == Errc::invalid;
}

TEST(Hex, EveryByteThereAndBack) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
  }
  const std::string hex = hex_encode(as_bytes(all));
  EXPECT_EQ(hex.substr(0, 6), "000102");
  EXPECT_EQ(hex.substr(506), "fdfeff");
  EXPECT_EQ(text_of(hex_decode(hex)), all);
  EXPECT_EQ(text_of(hex_decode("")), "");
}

TEST(Hex, OneValueHasOneSpelling) {
  for (const char* text : {"0", "0A", "0g", "0x", " 0", "0/", "0:", "0`", "\xff\xff"}) {
    EXPECT_TRUE(is_invalid(hex_decode(text))) << text;
  }
}

// RFC 4648 section 10, without padding.
TEST(Base64Url, TestVectorsOfTheRfc) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64url_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(text_of(base64url_decode(encoded)), plain);
  }
  EXPECT_EQ(base64url_encode(as_bytes("\xfb\xff")), "-_8");
  EXPECT_EQ(text_of(base64url_decode("-_8")), "\xfb\xff");
}

TEST(Base64Url, OneValueHasOneSpelling) {
  for (const char* text : {"Z", "Zg==", "Zg=", "Zm9vY", "+_8", "-/8", "Z g", "Zg\n"}) {
    EXPECT_TRUE(is_invalid(base64url_decode(text))) << text;
  }
  // "Zh" and "Zm9" would decode like "Zg" and "Zm8" if their spare bits were ignored.
  EXPECT_TRUE(is_invalid(base64url_decode("Zh")));
  EXPECT_TRUE(is_invalid(base64url_decode("Zm9")));
}

// RFC 4648 section 10.
TEST(Base64, AgreesWithRfc4648) {
  const std::vector<std::pair<std::string_view, std::string_view>> vectors = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xfb\xff", "+/8="},
  };
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    EXPECT_EQ(text_of(base64_decode(encoded)), plain);
  }
}

TEST(Base64, OneValueHasOneSpelling) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Zg===", "====", "=Zg=", "Z===", "-_8=", "Zg=\n"}) {
    EXPECT_TRUE(is_invalid(base64_decode(text))) << text;
  }
}

// B8: tokens are compared without an early exit; what equality means must not suffer for it.
TEST(EqualConstantTime, IsEquality) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("secret", "secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secres"));
  EXPECT_FALSE(equal_constant_time("secret", "Secret"));
  EXPECT_FALSE(equal_constant_time("secret", "secret1"));
  EXPECT_FALSE(equal_constant_time("secret", ""));
  EXPECT_FALSE(equal_constant_time({"a\0b", 3}, {"a\0c", 3}));
}

}  // namespace
}  // namespace vc
