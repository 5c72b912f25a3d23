#include "agent/config/yaml_document.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::agent {
namespace {

Diagnostic error_of(const std::string& text) {
  const SourceText source("x.yml", text);
  const auto document = YamlDocument::parse(source);
  return document ? Diagnostic{} : document.error();
}

std::string place_of(const Diagnostic& diagnostic) {
  return std::to_string(diagnostic.at.line) + ":" + std::to_string(diagnostic.at.column);
}

TEST(YamlDocument, KnowsWhereEveryValueStands) {
  const SourceText source("x.yml", "a:\n  - 'it''s'\n  - b c # end\n");
  const auto document = YamlDocument::parse(source);
  ASSERT_TRUE(document);
  const YamlNode& list = document->node(document->root().children[1]);
  ASSERT_EQ(list.children.size(), 2U);
  const YamlNode& quoted = document->node(list.children[0]);
  EXPECT_EQ(quoted.text, "it's");
  EXPECT_TRUE(quoted.quoted);
  EXPECT_EQ(source.text().substr(quoted.offset, quoted.width), "'it''s'");
  const YamlNode& plain = document->node(list.children[1]);
  EXPECT_FALSE(plain.quoted);
  EXPECT_EQ(source.text().substr(plain.offset, plain.width), "b c");
}

TEST(YamlDocument, PositionsAreRightBehindAByteOrderMarkAndCarriageReturns) {
  const SourceText source("x.yml",
                          "\xEF\xBB\xBF"
                          "ab: x\r\ncd: y\r\n");
  const auto document = YamlDocument::parse(source);
  ASSERT_TRUE(document);
  const YamlNode& first = document->node(document->root().children[0]);
  EXPECT_EQ(source.text().substr(first.offset, first.width), "ab");
  const YamlNode& second = document->node(document->root().children[3]);
  EXPECT_EQ(second.text, "y");
  EXPECT_EQ(source.text().substr(second.offset, second.width), "y");
}

TEST(YamlDocument, AnEmptyFileIsANullDocument) {
  for (const std::string text : {"", "\n", "# only a comment\n", "\xEF\xBB\xBF"}) {
    const SourceText source("x.yml", text);
    const auto document = YamlDocument::parse(source);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().kind, YamlNode::Kind::null);
  }
}

TEST(YamlDocument, ATabAsIndentationIsNamed) {
  EXPECT_EQ(error_of("a:\n\tb: x\n").message, "a tab cannot indent YAML");
  EXPECT_EQ(place_of(error_of("a:\n\tb: x\n")), "2:1");
  EXPECT_EQ(error_of("a:\n  b: 1\n\tc: 2\n").message, "a tab cannot indent YAML");
}

TEST(YamlDocument, PatternsThatYamlReadsAsSomethingElseGetAHint) {
  EXPECT_NE(error_of("a:\n  - !dist/**\n").help.find("quote"), std::string::npos);
  EXPECT_NE(error_of("a:\n  - **/*.ts\n").help.find("quote"), std::string::npos);
  EXPECT_NE(error_of("a:\n  - @scope/x\n").help.find("quote"), std::string::npos);
  EXPECT_NE(error_of("a:\n  - {a,b}/**\n").help.find("quote"), std::string::npos);
  EXPECT_EQ(place_of(error_of("a:\n  - !dist/**\n")), "2:5");
}

TEST(YamlDocument, AnUnclosedQuoteIsAnErrorAtTheQuote) {
  const Diagnostic error = error_of("a: \"x\nb: y\n");
  EXPECT_EQ(error.message, "this quote is not closed");
  EXPECT_EQ(place_of(error), "1:4");
}

TEST(YamlDocument, ASecondDocumentIsAnError) {
  EXPECT_EQ(error_of("a: b\n---\nc: d\n").message, "a second document begins here");
}

TEST(YamlDocument, BytesThatAreNotUtf8AreAnErrorAtTheByte) {
  const Diagnostic error = error_of("a: b\nc: \xC3(\n");
  EXPECT_EQ(error.message, "byte 0xc3 is not UTF-8");
  EXPECT_EQ(place_of(error), "2:4");
  EXPECT_EQ(error_of(std::string("\xFF\xFE"
                                 "a\0",
                                 4))
                .message,
            "the file is UTF-16");
  EXPECT_EQ(error_of(std::string("a: x\0y", 6)).message, "control character 0x00");
  EXPECT_EQ(error_of("a: b\rc: d").message, "control character 0x0d");
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(YamlDocument, NestingIsLimited) {
  EXPECT_EQ(error_of(nested(kYamlNestingMax)).message, "");
  EXPECT_EQ(error_of(nested(kYamlNestingMax + 1)).message, "values are nested more than 16 deep");
  EXPECT_NE(error_of(nested(100'000)).message, "");
}

// A map of `count` aliases of a list of 1000 items: 1001 values each, and the keys.
std::string aliases(std::size_t count) {
  std::string text = "first: &list [";
  for (int i = 0; i < 1000; ++i) {
    text += "x,";
  }
  text += "]\n";
  for (std::size_t i = 0; i < count; ++i) {
    text += "k" + std::to_string(i) + ": *list\n";
  }
  return text;
}

TEST(YamlDocument, AliasesCountAsWhatTheyStandFor) {
  EXPECT_EQ(error_of(aliases(98)).message, "");
  EXPECT_EQ(error_of(aliases(99)).message, "more than 100000 values, with aliases written out");
}

TEST(YamlDocument, AliasesOfAliasesCannotGrowWithoutLimit) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 40; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + "," + before +
            "," + before + "]\n";
  }
  EXPECT_NE(error_of(text).message, "");
}

TEST(YamlDocument, AnAliasOfTheValueThatHoldsItIsAnError) {
  EXPECT_EQ(error_of("&a [*a]\n").message, "an alias of the value that contains it");
}

}  // namespace
}  // namespace vc::agent
