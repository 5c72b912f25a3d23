#include "wire/json_document.hpp"

#include "wire/json_writer.hpp"

#include <gtest/gtest.h>

namespace vc::wire {
namespace {

std::string error_of(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return document ? "" : document.error().message;
}

std::string repeated(std::string_view piece, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += piece;
  }
  return out;
}

TEST(JsonDocument, MembersAreFoundPastNestedValues) {
  const std::string text = R"({"a":{"b":[1,{"c":2}]},"d":"x","e":true,"f":7})";
  const auto document = JsonDocument::parse(text).value();
  const auto root = document.root();
  EXPECT_EQ(required_text(root, "d").value(), "x");
  EXPECT_TRUE(optional_boolean(root, "e").value());
  EXPECT_EQ(optional_integer(root, "f").value(), 7);
  EXPECT_FALSE(root.find("b").has_value());
  EXPECT_FALSE(root.find("c").has_value());
}

TEST(JsonDocument, StringsWithEscapesAreDecodedAndSurviveAMove) {
  const std::string text = R"({"a":"x\n\u00e9\"","\u0062":"plain"})";
  auto parsed = JsonDocument::parse(text);
  ASSERT_TRUE(parsed.has_value());
  const JsonDocument moved = *std::move(parsed);
  EXPECT_EQ(required_text(moved.root(), "a").value(), "x\n\xc3\xa9\"");
  EXPECT_EQ(required_text(moved.root(), "b").value(), "plain");
}

TEST(JsonDocument, MalformedTextIsReportedWithItsPosition) {
  EXPECT_TRUE(error_of(R"({"a":1,})").starts_with("malformed JSON at byte 7: "));
  EXPECT_TRUE(error_of("").starts_with("malformed JSON at byte 0: "));
  EXPECT_TRUE(error_of("{} x").starts_with("malformed JSON at byte 3: "));
  EXPECT_TRUE(error_of("{\"a\":\"\xff\"}").starts_with("malformed JSON at byte 6: "));
}

TEST(JsonDocument, NestingStopsAtTheLimit) {
  const auto nested = [](std::size_t depth) { return repeated("[", depth) + repeated("]", depth); };
  EXPECT_EQ(error_of(nested(kJsonDepthMax)), "");
  EXPECT_NE(error_of(nested(kJsonDepthMax + 1)), "");
}

TEST(JsonDocument, MembersOfOneObjectStopAtTheLimit) {
  const auto object = [](std::size_t members) {
    std::string out = "{";
    for (std::size_t i = 0; i < members; ++i) {
      out += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
    }
    return out + "}";
  };
  EXPECT_EQ(error_of(object(kJsonMembersMax)), "");
  EXPECT_NE(error_of(object(kJsonMembersMax + 1)), "");
}

TEST(JsonDocument, ValuesInAllStopAtTheLimit) {
  const auto array = [](std::size_t values) {
    return "[" + repeated("1,", values - 2) + "1]";  // The array itself is one of them.
  };
  EXPECT_EQ(error_of(array(kJsonNodesMax)), "");
  EXPECT_NE(error_of(array(kJsonNodesMax + 1)), "");
}

TEST(JsonDocument, DuplicateMembersAreAnErrorOfTheObjectThatHasThem) {
  const std::string text = R"({"good":{"a":1,"b":1},"bad":{"a":1,"b":{"a":1},"\u0061":2}})";
  const auto document = JsonDocument::parse(text).value();
  EXPECT_TRUE(require_object(document.root(), "root").has_value());
  EXPECT_TRUE(require_object(*document.root().find("good"), "good").has_value());
  const auto bad = require_object(*document.root().find("bad"), "bad");
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().message, "bad names a member twice");
}

TEST(JsonDocument, NumbersThatAreNotNonNegativeIntegersAreNotIntegers) {
  for (const std::string_view number :
       {"-1", "1.0", "1e3", "18446744073709551616", "\"1\"", "null"}) {
    const std::string text = "{\"n\":" + std::string(number) + "}";
    const auto document = JsonDocument::parse(text).value();
    const auto value = optional_integer(document.root(), "n");
    ASSERT_FALSE(value.has_value()) << number;
    EXPECT_EQ(value.error().message, "n must be a non-negative integer");
  }
  const auto document = JsonDocument::parse(R"({"n":18446744073709551615})").value();
  EXPECT_EQ(optional_integer(document.root(), "n").value(), UINT64_MAX);
}

TEST(JsonWriter, WhateverTheBytesTheTextIsJson) {
  for (const std::string& bytes : {std::string("plain"), std::string("a\"b\\c\n\t\x01\x7f"),
                                   std::string("\0x", 2), std::string("\xc3\xa9\xf0\x9f\x98\x80"),
                                   std::string("\xff\xc3"), std::string("a\xe2\x82")}) {
    std::string json;
    JsonWriter(json).text(bytes);
    const std::string object = "{\"v\":" + json + "}";
    const auto document = JsonDocument::parse(object);
    ASSERT_TRUE(document.has_value()) << object;
    const bool is_utf8 = bytes.find('\xff') == std::string::npos && !bytes.ends_with('\x82');
    EXPECT_EQ(required_text(document->root(), "v").value() == bytes, is_utf8) << object;
  }
}

TEST(JsonWriter, CommasStandBetweenMembersAndElementsOnly) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.member("a", 1);
  json.name("b");
  json.open('[');
  json.boolean(true);
  json.open('{');
  json.close('}');
  json.close(']');
  json.member("c", "d");
  json.close('}');
  EXPECT_EQ(out, R"({"a":1,"b":[true,{}],"c":"d"})");
}

}  // namespace
}  // namespace vc::wire
