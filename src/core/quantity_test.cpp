#include "core/quantity.hpp"

#include <gtest/gtest.h>

namespace vc {
namespace {

TEST(ByteCount, UnitsOfBothKinds) {
  EXPECT_EQ(parse_byte_count("0"), 0);
  EXPECT_EQ(parse_byte_count("1048576"), 1048576);
  EXPECT_EQ(parse_byte_count("10GiB"), 10LL << 30);
  EXPECT_EQ(parse_byte_count("512MB"), 512'000'000);
  EXPECT_EQ(parse_byte_count("3kib"), 3072);
  EXPECT_EQ(parse_byte_count("7B"), 7);
  EXPECT_EQ(parse_byte_count("2TB"), 2'000'000'000'000);
}

TEST(ByteCount, WhatCouldBeMisreadIsRefused) {
  for (const char* text : {"", "10G", "10g", "1.5GiB", "-1", "-0", "+1", " 1", "1 ", "1 GiB", "GiB",
                           "0x10", "1e3", "10GiBs"}) {
    const auto value = parse_byte_count(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_NE(value.error().message.find("10GiB"), std::string::npos) << text;
  }
}

TEST(ByteCount, TheLargestAndOneMore) {
  EXPECT_EQ(parse_byte_count("9223372036854775807"), INT64_MAX);
  EXPECT_FALSE(parse_byte_count("9223372036854775808").has_value());
  EXPECT_EQ(parse_byte_count("8388607TiB"), 8388607LL << 40);
  EXPECT_FALSE(parse_byte_count("8388608TiB").has_value());
}

TEST(Seconds, Units) {
  EXPECT_EQ(parse_seconds("90"), 90);
  EXPECT_EQ(parse_seconds("90s"), 90);
  EXPECT_EQ(parse_seconds("15m"), 900);
  EXPECT_EQ(parse_seconds("1h"), 3600);
  EXPECT_EQ(parse_seconds("7d"), 604800);
  for (const char* text : {"", "1w", "1ms", "1h30m", "-1s", "m"}) {
    EXPECT_FALSE(parse_seconds(text).has_value()) << text;
  }
}

TEST(Integer, WholeNumbersOnly) {
  EXPECT_EQ(parse_integer("-5"), -5);
  EXPECT_EQ(parse_integer("8080"), 8080);
  for (const char* text : {"", "-", "80x", "8.0", "0x50", " 80", "9223372036854775808"}) {
    EXPECT_FALSE(parse_integer(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace vc
