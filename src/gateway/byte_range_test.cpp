#include "gateway/byte_range.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

void expect_part(std::string_view header, std::uint64_t size, std::uint64_t first,
                 std::uint64_t length) {
  const auto choice = choose_range(header, size);
  ASSERT_EQ(choice.kind, RangeKind::part) << header;
  EXPECT_EQ(choice.range.first, first) << header;
  EXPECT_EQ(choice.range.length, length) << header;
}

TEST(ByteRange, PartsAreCutToTheObject) {
  expect_part("bytes=0-0", 10, 0, 1);
  expect_part("bytes=2-5", 10, 2, 4);
  expect_part("bytes=2-", 10, 2, 8);
  expect_part("bytes=9-100", 10, 9, 1);
  expect_part("bytes=-3", 10, 7, 3);
  expect_part("bytes=-30", 10, 0, 10);
  expect_part("bytes=0-18446744073709551615", 10, 0, 10);
}

TEST(ByteRange, BehindTheEndIsUnsatisfiable) {
  for (const std::string_view header : {"bytes=10-", "bytes=10-11", "bytes=-0"}) {
    EXPECT_EQ(choose_range(header, 10).kind, RangeKind::unsatisfiable) << header;
  }
  EXPECT_EQ(choose_range("bytes=0-", 0).kind, RangeKind::unsatisfiable);
  EXPECT_EQ(choose_range("bytes=-5", 0).kind, RangeKind::unsatisfiable);
}

TEST(ByteRange, WhatIsMalformedOrManifoldIsIgnored) {
  for (const std::string_view header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-2", "bytes=0-1,3-4", "lines=0-1",
        "bytes=0--1", "bytes=18446744073709551616-", "bytes= 0-1"}) {
    EXPECT_EQ(choose_range(header, 10).kind, RangeKind::whole) << header;
  }
}

TEST(EtagListed, ComparesEachMemberOfTheList) {
  EXPECT_TRUE(etag_listed("\"a\"", "\"a\""));
  EXPECT_TRUE(etag_listed("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(etag_listed("*", "\"a\""));
  EXPECT_FALSE(etag_listed("", "\"a\""));
  EXPECT_FALSE(etag_listed("\"ab\",\"b\"", "\"a\""));
}

}  // namespace
}  // namespace vc::gateway
