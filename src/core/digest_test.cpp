#include "core/digest.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <unordered_set>
#include <vector>

namespace vc {
namespace {

constexpr std::string_view kEmptyHex =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kAbcHex =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// FIPS 180-4 and the NIST example values.
TEST(Sha256, NistVectors) {
  EXPECT_EQ(sha256("").hex(), kEmptyHex);
  EXPECT_EQ(sha256("abc").hex(), kAbcHex);
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hasher, PiecesGiveTheDigestOfTheWhole) {
  Hasher hasher;
  for (const char c : std::string_view("abc")) {
    hasher.update(std::string_view(&c, 1));
    hasher.update("");
  }
  EXPECT_EQ(hasher.finish().hex(), kAbcHex);
}

TEST(Hasher, StartsAfreshAfterFinish) {
  Hasher hasher;
  hasher.update("something");
  (void)hasher.finish();
  EXPECT_EQ(hasher.finish().hex(), kEmptyHex);
  Hasher moved = std::move(hasher);
  moved.update("abc");
  EXPECT_EQ(moved.finish().hex(), kAbcHex);
}

TEST(Sha256, ThreadsDoNotShareState) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  std::vector<int> wrong(4);
  for (int& count : wrong) {
    threads.emplace_back([&count] {
      for (int i = 0; i < 1000; ++i) {
        count += sha256("abc").hex() == kAbcHex ? 0 : 1;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(Digest, ParsesWhatItPrintsAndNothingElse) {
  const auto parsed = Digest::parse(kAbcHex);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*parsed, sha256("abc"));
  EXPECT_EQ(parsed->hex(), kAbcHex);
  std::string upper(kAbcHex);
  upper[0] = 'B';
  for (const std::string& text :
       {std::string(), std::string(kAbcHex.substr(1)), std::string(kAbcHex) + "0", upper,
        std::string(64, 'g'), std::string(63, '0') + '\0'}) {
    EXPECT_FALSE(Digest::parse(text).has_value()) << text;
  }
}

TEST(Digest, OrdersAndHashesByValue) {
  EXPECT_EQ(Digest(), *Digest::parse(std::string(64, '0')));
  EXPECT_LT(Digest(), sha256("abc"));
  EXPECT_EQ((std::unordered_set{sha256("a"), sha256("b"), sha256("a")}).size(), 2U);
}

}  // namespace
}  // namespace vc
