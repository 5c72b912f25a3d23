#include "core/signature.hpp"

#include "core/digest.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace vc {
namespace {

Bytes from_hex(std::string_view hex) {
  auto bytes = hex_decode(hex);
  EXPECT_TRUE(bytes.has_value());
  return *std::move(bytes);
}

struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

// RFC 8032 section 7.1, tests 1 to 3.
constexpr Vector kVectors[] = {
    {.seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     .public_key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     .message = "",
     .signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                  "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {.seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     .public_key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     .message = "72",
     .signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                  "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {.seed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     .public_key = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     .message = "af82",
     .signature = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                  "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

TEST(Signature, TestVectorsOfTheRfc) {
  for (const Vector& vector : kVectors) {
    const auto key = SigningKey::from_seed(from_hex(vector.seed));
    ASSERT_TRUE(key.has_value());
    const Bytes message = from_hex(vector.message);
    EXPECT_EQ(hex_encode(key->verify_key().raw()), vector.public_key);
    EXPECT_EQ(hex_encode(key->sign(as_text(message))), vector.signature);
    const auto verify_key = VerifyKey::parse(from_hex(vector.public_key));
    ASSERT_TRUE(verify_key.has_value());
    EXPECT_TRUE(verify_key->verify(as_text(message), from_hex(vector.signature)));
  }
}

TEST(Signature, AnyChangeBreaksIt) {
  const auto key = SigningKey::from_seed(from_hex(kVectors[0].seed));
  const auto other = SigningKey::from_seed(from_hex(kVectors[1].seed));
  ASSERT_TRUE(key && other);
  const auto signature = key->sign("message");
  EXPECT_TRUE(key->verify_key().verify("message", signature));
  EXPECT_FALSE(key->verify_key().verify("messagf", signature));
  EXPECT_FALSE(key->verify_key().verify("message ", signature));
  EXPECT_FALSE(key->verify_key().verify("", signature));
  EXPECT_FALSE(other->verify_key().verify("message", signature));
  EXPECT_FALSE(key->verify_key().verify("message", ByteView(signature).first(63)));
  EXPECT_FALSE(key->verify_key().verify("message", {}));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    auto changed = signature;
    changed[i] ^= std::byte{1};
    EXPECT_FALSE(key->verify_key().verify("message", changed)) << i;
  }
}

// RFC 8032 section 5.1.7: S must be below the group order, or every signature had a twin.
TEST(Signature, ATwinWithTheOrderAddedIsRefused) {
  const auto key = VerifyKey::parse(from_hex(kVectors[0].public_key));
  ASSERT_TRUE(key.has_value());
  EXPECT_FALSE(key->verify(
      "", from_hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                   "4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b")));
}

TEST(Signature, KeysOfAnotherLengthAreRefused) {
  EXPECT_FALSE(SigningKey::from_seed(Bytes(31)).has_value());
  EXPECT_FALSE(SigningKey::from_seed(Bytes(33)).has_value());
  EXPECT_FALSE(VerifyKey::parse(Bytes(0)).has_value());
  EXPECT_FALSE(VerifyKey::parse(Bytes(31)).has_value());
  EXPECT_FALSE(VerifyKey::parse(Bytes(33)).has_value());
}

// All 32-byte strings are syntactically keys; one that is no point must verify nothing.
TEST(Signature, AKeyThatIsNoPointVerifiesNothing) {
  const auto key = VerifyKey::parse(Bytes(32, std::byte{0xff}));
  ASSERT_TRUE(key.has_value());
  EXPECT_FALSE(key->verify("", from_hex(kVectors[0].signature)));
}

TEST(VerifyKey, IdIsTheStartOfTheKeysDigest) {
  const auto key = VerifyKey::parse(from_hex(kVectors[0].public_key));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->id().size(), 16U);
  EXPECT_EQ(key->id(), sha256(from_hex(kVectors[0].public_key)).hex().substr(0, 16));
}

TEST(SigningKey, CopiesOutliveTheOriginal) {
  std::optional<Result<SigningKey>> key = SigningKey::from_seed(from_hex(kVectors[1].seed));
  ASSERT_TRUE(key->has_value());
  const SigningKey copy = **key;
  const VerifyKey verify_key = (*key)->verify_key();
  key.reset();
  EXPECT_TRUE(verify_key.verify("m", copy.sign("m")));
}

}  // namespace
}  // namespace vc
