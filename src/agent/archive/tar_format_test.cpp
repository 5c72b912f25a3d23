#include "agent/archive/tar_format.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

std::string header_of(const TarMember& member) {
  std::string out;
  append_tar_header(out, member);
  return out;
}

unsigned stated_checksum(std::string_view block) {
  return static_cast<unsigned>(std::stoul(std::string(block.substr(148, 6)), nullptr, 8));
}

TEST(TarFormat, AHeaderIsTheOneTheStandardDescribes) {
  const std::string block =
      header_of({.path = "dist/run", .executable = true, .size_bytes = 01234, .target = {}});
  ASSERT_EQ(block.size(), kTarBlockBytes);
  EXPECT_EQ(block.substr(0, 9), std::string("dist/run\0", 9));
  EXPECT_EQ(block.substr(100, 8), std::string("0000755\0", 8));
  EXPECT_EQ(block.substr(124, 12), std::string("00000001234\0", 12));
  EXPECT_EQ(block[156], '0');
  EXPECT_EQ(block.substr(257, 8), std::string("ustar\00000", 8));
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < block.size(); ++i) {
    sum += i >= 148 && i < 156 ? 0 : static_cast<unsigned char>(block[i]);
  }
  EXPECT_EQ(stated_checksum(block), sum);
}

TEST(TarFormat, ANameOfAHundredBytesNeedsNoPaxHeaderAndOneMoreDoes) {
  const std::string fits(100, 'n');
  EXPECT_EQ(header_of({.path = fits, .target = {}}).size(), kTarBlockBytes);
  const std::string exceeds(101, 'n');
  const std::string header = header_of({.path = exceeds, .target = {}});
  ASSERT_EQ(header.size(), 3 * kTarBlockBytes);
  EXPECT_EQ(header[156], 'x');
  EXPECT_EQ(header.substr(512, 111), "111 path=" + exceeds + "\n");
}

TEST(TarFormat, ADirectoryEndsInASlashWhichCounts) {
  const std::string name(99, 'd');
  const std::string fits = header_of({.path = name, .kind = EntryKind::directory, .target = {}});
  ASSERT_EQ(fits.size(), kTarBlockBytes);
  EXPECT_EQ(fits[99], '/');
  EXPECT_EQ(fits[156], '5');
  EXPECT_EQ(
      header_of({.path = std::string(100, 'd'), .kind = EntryKind::directory, .target = {}}).size(),
      3 * kTarBlockBytes);
}

TEST(TarFormat, ALinkTargetOfAHundredBytesNeedsNoPaxHeaderAndOneMoreDoes) {
  const std::string fits(100, 't');
  const std::string exceeds(101, 't');
  EXPECT_EQ(header_of({.path = "l", .kind = EntryKind::symlink, .target = fits}).size(),
            kTarBlockBytes);
  EXPECT_NE(header_of({.path = "l", .kind = EntryKind::symlink, .target = exceeds})
                .find("115 linkpath=" + exceeds + "\n"),
            std::string::npos);
}

TEST(TarFormat, EightGibibytesNeedAPaxHeader) {
  constexpr std::uint64_t kFits = (8ULL << 30) - 1;
  EXPECT_EQ(header_of({.path = "f", .size_bytes = kFits, .target = {}}).size(), kTarBlockBytes);
  EXPECT_EQ(stated_size(header_of({.path = "f", .size_bytes = kFits, .target = {}})).value(),
            kFits);
  EXPECT_NE(
      header_of({.path = "f", .size_bytes = kFits + 1, .target = {}}).find("19 size=8589934592\n"),
      std::string::npos);
}

TEST(TarFormat, OnlyElevenOctalDigitsAreASize) {
  std::string block = header_of({.path = "f", .size_bytes = 5, .target = {}});
  ASSERT_EQ(stated_size(block).value(), 5U);
  for (const std::string_view field :
       {"-0000000005", "        005", "0000000005 ", "00000000008", "\x80\0\0\0\0\0\0\0\0\0\5",
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "0x000000005"}) {
    block.replace(124, 11, std::string(field).append(11 - field.size(), '\0'));
    EXPECT_EQ(stated_size(block).error().code, Errc::corrupt) << field;
  }
}

TEST(TarFormat, PaddingFillsTheBlock) {
  EXPECT_EQ(tar_padding(0), 0U);
  EXPECT_EQ(tar_padding(1), 511U);
  EXPECT_EQ(tar_padding(511), 1U);
  EXPECT_EQ(tar_padding(512), 0U);
  EXPECT_EQ(tar_padding(513), 511U);
}

}  // namespace
}  // namespace vc::agent
