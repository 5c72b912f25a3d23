#include "net/http.hpp"

#include <gtest/gtest.h>

namespace vc::net {
namespace {

TEST(Headers, NamesCompareWithoutRegardToCase) {
  const Headers headers{{"Content-Type", "a"}, {"X-[", "b"}};
  EXPECT_EQ(headers.find("content-TYPE"), "a");
  EXPECT_EQ(headers.find("Content-Typ"), std::nullopt);
  EXPECT_EQ(headers.find("X-{"), std::nullopt) << "only letters have a case";
}

TEST(Headers, FindGivesTheFirstAndSetReplacesAll) {
  Headers headers;
  headers.add("A", "1");
  headers.add("a", "2");
  EXPECT_EQ(headers.find("A"), "1");
  EXPECT_EQ(headers.size(), 2);
  headers.set("a", "3");
  EXPECT_EQ(headers.size(), 1);
  EXPECT_EQ(headers.find("A"), "3");
}

TEST(FieldGrammar, NamesAreTokens) {
  EXPECT_TRUE(is_field_name("X-Amz-Meta_1.~|"));
  for (const std::string_view bad : {"", "a b", "a:", "a\r\n", "\xc3\xa4", "a(b)", "\"a\""}) {
    EXPECT_FALSE(is_field_name(bad)) << bad;
  }
}

TEST(FieldGrammar, ValuesHaveNoControlCharacters) {
  EXPECT_TRUE(is_field_value(""));
  EXPECT_TRUE(is_field_value("tab\tand \xc3\xa4"));
  for (const std::string_view bad :
       {std::string_view("a\r"), std::string_view("a\nb"), std::string_view("a\0b", 3),
        std::string_view("\x7f"), std::string_view("\x1b[31m")}) {
    EXPECT_FALSE(is_field_value(bad));
  }
}

}  // namespace
}  // namespace vc::net
