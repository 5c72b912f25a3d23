#include "wire/vcmeta.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vc::wire {
namespace {

SigningKey key_of(unsigned char fill) {
  std::array<std::byte, SigningKey::kSeedSize> seed{};
  seed.fill(std::byte{fill});
  return SigningKey::from_seed(seed).value();
}

ArtifactMeta sample() {
  return {.scope = "trusted/1",
          .name_space = "velocity",
          .key = std::string(64, 'a'),
          .size_bytes = 10,
          .sha256 = sha256("body"),
          .duration_ms = 42,
          .provenance = {{"commit", "abc"}, {"subject", "token:default"}}};
}

TEST(Vcmeta, OpensUnderTheKeyThatSealedIt) {
  const SigningKey key = key_of(1);
  const std::array keys{key_of(2).verify_key(), key.verify_key()};
  const auto sealed = open_vcmeta(seal_vcmeta(sample(), key), keys).value();
  EXPECT_EQ(sealed.key_id, key.verify_key().id());
  EXPECT_EQ(sealed.meta.scope, "trusted/1");
  EXPECT_EQ(sealed.meta.name_space, "velocity");
  EXPECT_EQ(sealed.meta.key, std::string(64, 'a'));
  EXPECT_EQ(sealed.meta.size_bytes, 10);
  EXPECT_EQ(sealed.meta.sha256, sha256("body"));
  EXPECT_EQ(sealed.meta.duration_ms, 42);
  EXPECT_EQ(sealed.meta.provenance, sample().provenance);
}

TEST(Vcmeta, TheSameMetaAndKeyGiveTheSameBytes) {
  EXPECT_EQ(seal_vcmeta(sample(), key_of(1)), seal_vcmeta(sample(), key_of(1)));
}

TEST(Vcmeta, WithoutSizeAndDigestSaysSo) {
  ArtifactMeta meta = sample();
  meta.size_bytes.reset();
  meta.sha256.reset();
  const std::array keys{key_of(1).verify_key()};
  const auto sealed = open_vcmeta(seal_vcmeta(meta, key_of(1)), keys).value();
  EXPECT_FALSE(sealed.meta.size_bytes.has_value());
  EXPECT_FALSE(sealed.meta.sha256.has_value());
}

// B11: any change to what was sealed is found.
TEST(Vcmeta, EveryChangedBitBreaksTheSeal) {
  const std::array keys{key_of(1).verify_key()};
  const std::string header = seal_vcmeta(sample(), key_of(1));
  const Bytes json = base64url_decode(header).value();
  for (std::size_t i = 0; i < json.size(); ++i) {
    Bytes changed = json;
    changed[i] ^= std::byte{1};
    EXPECT_FALSE(open_vcmeta(base64url_encode(changed), keys).has_value()) << "byte " << i;
  }
}

TEST(Vcmeta, AnUnknownKeyIsDeniedNotCorrupt) {
  const std::array keys{key_of(2).verify_key()};
  EXPECT_EQ(open_vcmeta(seal_vcmeta(sample(), key_of(1)), keys).error().code, Errc::denied);
}

TEST(Vcmeta, WhatDoesNotParseIsCorrupt) {
  const std::array keys{key_of(1).verify_key()};
  for (const std::string& header :
       {std::string(), std::string("!"), std::string("e30"), std::string(kVcmetaBytesMax + 1, 'A'),
        base64url_encode(as_bytes(R"({"scope":"s"})"))}) {
    EXPECT_EQ(open_vcmeta(header, keys).error().code, Errc::corrupt) << header;
    EXPECT_EQ(read_vcmeta_unverified(header).error().code, Errc::corrupt) << header;
  }
}

TEST(Vcmeta, OverlongProvenanceIsCutToTheLimitTheImportantFirst) {
  ArtifactMeta meta = sample();
  meta.scope = std::string(200, 's');
  meta.key = std::string(128, 'k');
  meta.provenance = {{"subject", std::string(4096, 'x')}};
  for (int i = 0; i < 50; ++i) {
    meta.provenance.emplace("a" + std::to_string(i), std::string(100, '"'));
  }
  const std::string header = seal_vcmeta(meta, key_of(1));
  EXPECT_LE(header.size(), kVcmetaBytesMax);
  const std::array keys{key_of(1).verify_key()};
  const auto sealed = open_vcmeta(header, keys).value();
  EXPECT_EQ(sealed.meta.provenance.at("subject"), std::string(128, 'x'));
  EXPECT_LT(sealed.meta.provenance.size(), 10);
}

TEST(Vcmeta, ACutNeverSplitsACharacter) {
  ArtifactMeta meta = sample();
  meta.provenance = {{"subject", std::string(127, 'x') + "\xc3\xa9"}};
  const std::array keys{key_of(1).verify_key()};
  const auto sealed = open_vcmeta(seal_vcmeta(meta, key_of(1)), keys).value();
  EXPECT_EQ(sealed.meta.provenance.at("subject"), std::string(127, 'x'));
}

TEST(Vcmeta, NamesThatDifferInInvalidBytesOnlyBecomeOne) {
  const SigningKey key = SigningKey::from_seed(Bytes(SigningKey::kSeedSize, std::byte{1})).value();
  const ArtifactMeta meta{.scope = "default",
                          .name_space = "velocity",
                          .key = "k",
                          .provenance = {{"a\xff", "1"}, {"a\xfe", "2"}}};
  const std::vector<VerifyKey> keys{key.verify_key()};
  const auto opened = open_vcmeta(seal_vcmeta(meta, key), keys);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_EQ(opened->meta.provenance.size(), 1U);
}

TEST(Vcmeta, CanBeReadWithoutAKey) {
  const auto sealed = read_vcmeta_unverified(seal_vcmeta(sample(), key_of(1))).value();
  EXPECT_EQ(sealed.meta.scope, "trusted/1");
}

}  // namespace
}  // namespace vc::wire
