#include "net/input_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace vc::net {
namespace {

void add(InputBuffer& buffer, std::string_view text, std::size_t content_max) {
  while (!text.empty()) {
    const auto room = buffer.room(content_max);
    ASSERT_FALSE(room.empty());
    const std::size_t bytes = text.copy(room.data(), room.size());
    buffer.added(bytes);
    text.remove_prefix(bytes);
  }
}

TEST(InputBuffer, GrowsToTheLimitInSteps) {
  InputBuffer buffer;
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(100, static_cast<char>('a' + i % 26));
    add(buffer, piece, 10'000);
    all += piece;
  }
  EXPECT_EQ(buffer.content(), all);
}

TEST(InputBuffer, RoomBehindConsumedContentIsUsedAgain) {
  InputBuffer buffer;
  for (int i = 0; i < 1'000; ++i) {
    add(buffer, "0123456789", 16);
    EXPECT_EQ(buffer.content(), "0123456789");
    buffer.consume(10);
  }
  EXPECT_LE(buffer.room(16).size(), InputBuffer::kBytesAtRest);
}

TEST(InputBuffer, RestKeepsWhatIsUnreadAndGivesTheRestBack) {
  InputBuffer buffer;
  add(buffer, std::string(9'000, 'h') + "next", 10'000);
  buffer.consume(9'000);
  buffer.rest();
  EXPECT_EQ(buffer.content(), "next");
  EXPECT_EQ(buffer.room(10'000).size(), InputBuffer::kBytesAtRest - 4);
}

TEST(InputBuffer, BytesPutBackComeBeforeTheContent) {
  InputBuffer buffer;
  add(buffer, "head-tail", 100);
  buffer.consume(5);
  const std::string large(InputBuffer::kBytesAtRest, 'x');
  buffer.put_back(large);
  EXPECT_EQ(buffer.content(), large + "tail");
}

}  // namespace
}  // namespace vc::net
