#include "core/zstd.hpp"

#include "core/digest.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <thread>

namespace vc {
namespace {

ZstdWriter::Sink append_to(std::string& out) {
  return [&out](ByteView bytes) -> Result<void> {
    out += as_text(bytes);
    return {};
  };
}

// Gives at most `step` bytes at a time.
ZstdReader::Source take_from(std::string_view input, std::size_t step = SIZE_MAX) {
  return [input, step](std::span<std::byte> out) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({input.size(), out.size(), step});
    std::ranges::copy(as_bytes(input.substr(0, count)), out.begin());
    input.remove_prefix(count);
    return count;
  };
}

std::string compressed(std::string_view text, int level = 3) {
  std::string out;
  ZstdWriter writer(append_to(out), level);
  EXPECT_TRUE(writer.write(as_bytes(text)));
  EXPECT_TRUE(writer.finish());
  return out;
}

Result<std::string> read_all(ZstdReader& reader, std::size_t step = 100'000) {
  std::string text;
  Bytes block(step);
  for (;;) {
    VC_TRY(const std::size_t count, reader.read(block));
    text += as_text(ByteView(block).first(count));
    if (count < step) {
      return text;
    }
  }
}

Result<std::string> decompressed(std::string_view input) {
  ZstdReader reader(take_from(input));
  return read_all(reader);
}

// Does not compress to nothing, unlike a run of one letter.
std::string varied_text(std::size_t size) {
  std::string text;
  for (std::uint32_t i = 1; text.size() < size; i = i * 1664525 + 1013904223) {
    text += std::to_string(i);
  }
  text.resize(size);
  return text;
}

Errc code_of(const Result<std::string>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc::invalid : result.error().code;
}

TEST(Zstd, GivesBackWhatWasWritten) {
  for (const std::size_t size : {0U, 1U, 1000U, 131'071U, 131'072U, 131'073U, 5'000'000U}) {
    const std::string text = varied_text(size);
    EXPECT_EQ(decompressed(compressed(text)), text) << size;
  }
}

TEST(Zstd, PiecesOfAnySizeMakeOneStream) {
  const std::string text = varied_text(3000);
  std::string out;
  ZstdWriter writer(append_to(out));
  for (const char c : text) {
    ASSERT_TRUE(writer.write(as_bytes(std::string_view(&c, 1))));
  }
  ASSERT_TRUE(writer.write({}));
  ASSERT_TRUE(writer.finish());
  ZstdReader reader(take_from(out, 1));
  EXPECT_EQ(read_all(reader, 1), text);
}

TEST(Zstd, TheSameTextGivesTheSameBytes) {
  const std::string text = varied_text(300'000);
  EXPECT_EQ(compressed(text), compressed(text));
  // A context that another level was used on in between starts afresh.
  const std::string level_3 = compressed(text);
  EXPECT_NE(compressed(text, 19), level_3);
  EXPECT_EQ(compressed(text), level_3);
}

TEST(Zstd, AWriterThatWasGivenUpLeavesNothingBehind) {
  const std::string text = varied_text(1000);
  const std::string expected = compressed(text);
  {
    std::string ignored;
    ZstdWriter writer(append_to(ignored));
    ASSERT_TRUE(writer.write(as_bytes(varied_text(500'000))));
  }
  {
    ZstdReader reader(take_from(expected));
    Bytes block(10);
    ASSERT_TRUE(reader.read(block));
  }
  EXPECT_EQ(compressed(text), expected);
  EXPECT_EQ(decompressed(expected), text);
}

// B24: half an artifact must never pass for a whole one.
TEST(ZstdReader, EveryTruncationIsCorrupt) {
  const std::string whole = compressed(varied_text(2000));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(code_of(decompressed(whole.substr(0, size))), Errc::corrupt) << size;
  }
}

TEST(ZstdReader, NoFlippedBitGivesOtherContent) {
  const std::string text = varied_text(500);
  const std::string whole = compressed(text);
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const auto result = decompressed(damaged);
    if (!result) {
      EXPECT_EQ(result.error().code, Errc::corrupt);
      ++refused;
    } else {
      EXPECT_EQ(*result, text);  // A bit of the header that changes nothing.
    }
  }
  EXPECT_GT(refused, whole.size() * 7);
}

TEST(ZstdReader, BytesThatAreNoFrameAreCorrupt) {
  EXPECT_EQ(code_of(decompressed("")), Errc::corrupt);
  EXPECT_EQ(code_of(decompressed("hello, I am no frame")), Errc::corrupt);
  EXPECT_EQ(code_of(decompressed(compressed("x") + "trailing")), Errc::corrupt);
  EXPECT_EQ(code_of(decompressed(compressed("x") + std::string(1, '\0'))), Errc::corrupt);
}

TEST(ZstdReader, AFailureIsReportedAgain) {
  ZstdReader reader(take_from("hello, I am no frame"));
  Bytes block(10);
  EXPECT_EQ(reader.read(block).error().code, Errc::corrupt);
  EXPECT_EQ(reader.read(block).error().code, Errc::corrupt);
}

TEST(ZstdReader, FramesAreOneStreamAndSkippableOnesAreSkipped) {
  const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
  EXPECT_EQ(decompressed(compressed("a") + compressed("b")), "ab");
  EXPECT_EQ(decompressed(skippable + compressed("a") + skippable), "a");
  EXPECT_EQ(code_of(decompressed(compressed("a") + skippable.substr(0, 10))), Errc::corrupt);
}

// The end is known to be good only once a read came back short.
TEST(ZstdReader, TheEndIsCheckedByTheReadThatComesBackShort) {
  const std::string text = varied_text(1000);
  std::string damaged = compressed(text);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);  // In the checksum.
  ZstdReader reader(take_from(damaged));
  Bytes block(text.size());
  const auto first = reader.read(block);
  EXPECT_TRUE(!first || reader.read(block).error().code == Errc::corrupt);
}

TEST(ZstdReader, EndOfInputIsAskedForOnce) {
  const std::string input = compressed("abc");
  int ends = 0;
  ZstdReader reader([&, source = take_from(input)](std::span<std::byte> out) mutable {
    auto count = source(out);
    ends += *count == 0 ? 1 : 0;
    return count;
  });
  Bytes block(10);
  EXPECT_EQ(reader.read(block), 3U);
  EXPECT_EQ(reader.read(block), 0U);
  EXPECT_EQ(reader.read(block), 0U);
  EXPECT_EQ(ends, 1);
}

std::string with_window(int window_log) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  EXPECT_FALSE(ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log)));
  const std::string text = varied_text(1000);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  ZSTD_inBuffer in{.src = text.data(), .size = text.size(), .pos = 0};
  ZSTD_outBuffer buffer{.dst = out.data(), .size = out.size(), .pos = 0};
  // Not in one piece, or the window would shrink to the content.
  in.size = 500;
  EXPECT_FALSE(ZSTD_isError(ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_flush)));
  in.size = text.size();
  EXPECT_EQ(ZSTD_compressStream2(context, &buffer, &in, ZSTD_e_end), 0U);
  ZSTD_freeCCtx(context);
  out.resize(buffer.pos);
  return out;
}

TEST(ZstdReader, AWindowOverTheLimitIsCorruptAndAtTheLimitIsRead) {
  for (const int extra : {0, 1}) {
    const std::string input = with_window(20 + extra);
    ZstdReader reader(take_from(input), 20);
    const auto result = read_all(reader);
    if (extra == 0) {
      EXPECT_EQ(result, varied_text(1000));
    } else {
      EXPECT_EQ(code_of(result), Errc::corrupt);
    }
  }
}

// A context that once allowed a large window must not carry that over to the next reader.
TEST(ZstdReader, TheWindowLimitIsPerReader) {
  const std::string input = with_window(22);
  EXPECT_TRUE(decompressed(input).has_value());
  ZstdReader strict(take_from(input), 20);
  EXPECT_EQ(code_of(read_all(strict)), Errc::corrupt);
  EXPECT_TRUE(decompressed(input).has_value());
}

TEST(ZstdReader, TheSourcesErrorIsPassedOn) {
  ZstdReader reader([](std::span<std::byte>) -> Result<std::size_t> {
    return fail(Errc::timeout, "the network is slow");
  });
  Bytes block(10);
  EXPECT_EQ(reader.read(block).error().code, Errc::timeout);
}

TEST(ZstdWriter, TheSinksErrorIsPassedOnAndStays) {
  int calls = 0;
  ZstdWriter writer([&](ByteView) -> Result<void> {
    ++calls;
    return fail(Errc::no_space, "the disk is full");
  });
  const std::string text = varied_text(1'000'000);
  EXPECT_EQ(writer.write(as_bytes(text)).error().code, Errc::no_space);
  EXPECT_EQ(writer.write(as_bytes("x")).error().code, Errc::no_space);
  EXPECT_EQ(writer.finish().error().code, Errc::no_space);
  EXPECT_EQ(calls, 1);
}

TEST(Zstd, StreamsMayMoveBetweenThreads) {
  const std::string text = varied_text(300'000);
  std::string out;
  auto writer = std::make_unique<ZstdWriter>(append_to(out));
  std::jthread([&] {
    EXPECT_TRUE(writer->write(as_bytes(text)));
    EXPECT_TRUE(writer->finish());
    writer.reset();
  }).join();
  EXPECT_EQ(decompressed(out), text);
}

}  // namespace
}  // namespace vc
