#include "agent/quantities.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

TEST(DurationText, HasTheUnitThatFits) {
  EXPECT_EQ(duration_text(0), "0 ms");
  EXPECT_EQ(duration_text(999), "999 ms");
  EXPECT_EQ(duration_text(1'000), "1.0 s");
  EXPECT_EQ(duration_text(9'949), "9.9 s");
  EXPECT_EQ(duration_text(9'950), "10 s");
  EXPECT_EQ(duration_text(59'499), "59 s");
  EXPECT_EQ(duration_text(59'500), "1 m 0 s");
  EXPECT_EQ(duration_text(372'000), "6 m 12 s");
  EXPECT_EQ(duration_text(7'380'000), "2 h 3 m");
}

TEST(OrdinalText, EndsAsItIsSpoken) {
  EXPECT_EQ(ordinal_text(1), "1st");
  EXPECT_EQ(ordinal_text(2), "2nd");
  EXPECT_EQ(ordinal_text(3), "3rd");
  EXPECT_EQ(ordinal_text(10), "10th");
  EXPECT_EQ(ordinal_text(11), "11th");
  EXPECT_EQ(ordinal_text(22), "22nd");
  EXPECT_EQ(ordinal_text(112), "112th");
}

TEST(SizeText, HasTheUnitThatFits) {
  EXPECT_EQ(size_text(0), "0 B");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1'000), "1.0 KB");
  EXPECT_EQ(size_text(9'949), "9.9 KB");
  EXPECT_EQ(size_text(9'950), "10 KB");
  EXPECT_EQ(size_text(999'499), "999 KB");
  EXPECT_EQ(size_text(999'500), "1.0 MB");
  EXPECT_EQ(size_text(88'000'000), "88 MB");
  EXPECT_EQ(size_text(1'400'000'000), "1.4 GB");
}

}  // namespace
}  // namespace vc::agent
