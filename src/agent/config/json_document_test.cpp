#include "agent/config/json_document.hpp"

#include "agent/diagnostic_codes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal_of(std::string_view text) {
  const SourceText source("turbo.json", text);
  const auto document = parse_json_document(source);
  return document ? "accepted" : render(document.error());
}

// Every value in order, with its position.
std::string dump(const YamlDocument& document, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "null";
    case YamlNode::Kind::scalar:
      return node.quoted ? "'" + node.text + "'" : node.text;
    case YamlNode::Kind::sequence:
    case YamlNode::Kind::map:
      break;
  }
  std::string out;
  for (const std::uint32_t child : node.children) {
    out += (out.empty() ? "" : " ") + dump(document, document.node(child));
  }
  return node.kind == YamlNode::Kind::map ? "{" + out + "}" : "[" + out + "]";
}

std::string dump(std::string_view text) {
  const SourceText source("turbo.json", text);
  const auto document = parse_json_document(source);
  return document ? dump(*document, document->root()) : render(document.error());
}

TEST(JsonDocumentTest, CommentsAndTrailingCommasAreAccepted) {
  EXPECT_EQ(dump("// a\n{ /* b */ \"x\": [1, true, null, \"t\",], // c\n \"y\": {}, }\n/* end */"),
            "{'x' [1 true null 't'] 'y' {}}");
  EXPECT_EQ(dump("\xEF\xBB\xBF[]"), "[]");
  EXPECT_EQ(dump("\"http://not-a-comment\""), "'http://not-a-comment'");
  EXPECT_EQ(dump("[-0.5e+3,0,10]"), "[-0.5e+3 0 10]");
}

TEST(JsonDocumentTest, EscapesAreDecoded) {
  EXPECT_EQ(dump(R"("a\"\\\/\n\u00e9\uD83D\ude00")"), "'a\"\\/\n\u00e9\U0001F600'");
  EXPECT_THAT(refusal_of(R"("\uD83D")"), HasSubstr("an escape that is no character"));
  EXPECT_THAT(refusal_of(R"("\uD83D\u0041")"), HasSubstr("half of a surrogate pair"));
  EXPECT_THAT(refusal_of(R"("\u0000")"), HasSubstr("an escape that is no character"));
  EXPECT_THAT(refusal_of(R"("\q")"), HasSubstr("an unknown escape"));
}

TEST(JsonDocumentTest, EqualKeysAreBothKept) {
  EXPECT_EQ(dump(R"({"a": 1, "a": 2})"), "{'a' 1 'a' 2}");
}

TEST(JsonDocumentTest, MistakesStandWhereTheyAre) {
  EXPECT_EQ(refusal_of("{\n  \"a\": {,}\n}\n"),
            "turbo.json:2:9: error[VC0201]: not valid JSON: a key or '}' is expected\n"
            "    2 |   \"a\": {,}\n"
            "      |         ^\n"
            "help: keys stand in double quotes\n");
  EXPECT_THAT(refusal_of("{\"a\" 1}"), StartsWith("turbo.json:1:6: error[VC0201]"));
  EXPECT_THAT(refusal_of("[1 2]"), StartsWith("turbo.json:1:4: error[VC0201]"));
  EXPECT_THAT(refusal_of("{\"a\": [}"), StartsWith("turbo.json:1:8: error[VC0201]"));
  EXPECT_THAT(refusal_of("{} x"), HasSubstr("something follows the end"));
  EXPECT_THAT(refusal_of("{'a': 1}"), HasSubstr("a key or '}' is expected"));
  EXPECT_THAT(refusal_of("{\"a\": yes}"), HasSubstr("a value is expected"));
  EXPECT_THAT(refusal_of("[01]"), HasSubstr("a value is expected"));
  EXPECT_THAT(refusal_of("[.5]"), HasSubstr("a value is expected"));
  EXPECT_THAT(refusal_of("\"open"), HasSubstr("a text is not closed"));
  EXPECT_THAT(refusal_of("\"a\nb\""), HasSubstr("a text is not closed on its line"));
  EXPECT_THAT(refusal_of("/* open"), HasSubstr("a comment is not closed"));
  EXPECT_THAT(refusal_of(""), HasSubstr("the file ends where a value is expected"));
  EXPECT_THAT(refusal_of("{"), HasSubstr("a key or '}' is expected"));
  EXPECT_THAT(refusal_of("\"\xff\""), HasSubstr("VC0103"));
}

TEST(JsonDocumentTest, DepthAndSizeAreBounded) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(refusal_of(nested(kJsonNestingMax)), "accepted");
  EXPECT_THAT(refusal_of(nested(kJsonNestingMax + 1)), HasSubstr("nested more than 32 deep"));
  EXPECT_THAT(refusal_of(std::string(1 << 20, '[')), HasSubstr("VC0104"));
  std::string many = "[0";
  for (std::size_t i = 2; i < kYamlNodesMax; ++i) {  // And the list itself.
    many += ",0";
  }
  EXPECT_EQ(refusal_of(many + "]"), "accepted");
  EXPECT_THAT(refusal_of(many + ",0]"), HasSubstr("more than 100000 values"));
}

}  // namespace
}  // namespace vc::agent
