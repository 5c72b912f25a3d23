#include "core/hmac.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace vc {
namespace {

std::string mac_hex(std::string_view key, std::string_view message) {
  return HmacKey(as_bytes(key)).mac(message).hex();
}

// RFC 4231 section 4; case 5 truncates, which we never do.
TEST(HmacKey, TestVectorsOfTheRfc) {
  EXPECT_EQ(mac_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(mac_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(mac_hex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string counting;
  for (char c = 1; c <= 25; ++c) {
    counting += c;
  }
  EXPECT_EQ(mac_hex(counting, std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  EXPECT_EQ(
      mac_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(mac_hex(std::string(131, '\xaa'),
                    "This is a test using a larger than block-size key and a larger than "
                    "block-size data. The key needs to be hashed before being used by the HMAC "
                    "algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

// A key of exactly one block is used as it is, one byte more is hashed first.
TEST(HmacKey, KeysAroundTheBlockSize) {
  const std::string block(64, 'k');
  EXPECT_EQ(mac_hex(block + "k", "m"), mac_hex(as_text(sha256(block + "k").bytes()), "m"));
  EXPECT_NE(mac_hex(block, "m"), mac_hex(as_text(sha256(block).bytes()), "m"));
  EXPECT_EQ(mac_hex("", ""), mac_hex(std::string(64, '\0'), ""));
}

TEST(HmacKey, OneKeyServesManyThreadsAndManyMessages) {
  const HmacKey key(as_bytes("Jefe"));
  std::vector<std::jthread> threads;
  threads.reserve(4);
  std::vector<int> wrong(4);
  for (int& count : wrong) {
    threads.emplace_back([&key, &count] {
      for (int i = 0; i < 1000; ++i) {
        const auto mac = key.mac("what do ya want for nothing?").hex();
        count += mac.starts_with("5bdcc146bf60754e") ? 0 : 1;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace vc
