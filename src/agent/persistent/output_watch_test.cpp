#include "agent/persistent/output_watch.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

constexpr OutputStream kOut = OutputStream::out;
constexpr OutputStream kErr = OutputStream::err;

ReadyWhen text(const char* what) {
  return {.kind = ReadyWhen::Kind::output_text, .text = what};
}

ReadyWhen pattern(const char* what) {
  return {.kind = ReadyWhen::Kind::output_pattern, .text = what};
}

TEST(OutputWatch, FindsATextInWhateverPortionsItComes) {
  OutputWatch watch(text("ready"));
  EXPECT_FALSE(watch.feed(kOut, "not yet rea"));
  EXPECT_FALSE(watch.feed(kErr, "dy"));
  EXPECT_TRUE(watch.feed(kOut, "dy\n"));
  EXPECT_TRUE(watch.feed(kOut, "anything")) << "once seen it stays seen";
  OutputWatch slow(text("ready"));
  for (const char* byte : {"r", "r", "e", "a", "d"}) {
    EXPECT_FALSE(slow.feed(kErr, byte));
  }
  EXPECT_TRUE(slow.feed(kErr, "y"));
}

TEST(OutputWatch, FindsAPatternLineByLine) {
  OutputWatch watch(pattern("^port [0-9]+ (open|ready)$"));
  EXPECT_FALSE(watch.feed(kOut, "the port 3000 open\nport 30"));
  EXPECT_FALSE(watch.feed(kErr, "00 open"));
  EXPECT_TRUE(watch.feed(kOut, "00 ready\nmore\n"));
}

TEST(OutputWatch, SeesALineThatHasNoEndYet) {
  OutputWatch watch(pattern("^> $"));
  EXPECT_TRUE(watch.feed(kOut, "starting\n> "));
}

TEST(OutputWatch, LooksAtTheBeginningOfLongLinesOnly) {
  OutputWatch watch(pattern("end"));
  EXPECT_FALSE(watch.feed(kOut, std::string(kWatchedLineBytesMax, 'x') + "end"));
  EXPECT_FALSE(watch.feed(kOut, "end\n"));
  EXPECT_TRUE(watch.feed(kOut, "end\n")) << "of the next line";
}

TEST(LinePattern, SaysWhatItCannotDo) {
  EXPECT_TRUE(LinePattern::compile("a+|b*").has_value());
  EXPECT_TRUE(LinePattern::compile("\\{ready\\}").has_value());
  EXPECT_TRUE(LinePattern::compile(std::string(kReadyTextBytesMax, 'a')).has_value());
  for (const std::string& wrong : {std::string("a{1000}"), std::string("(a)\\1"), std::string("(a"),
                                   std::string("[a"), std::string(kReadyTextBytesMax + 1, 'a')}) {
    EXPECT_FALSE(LinePattern::compile(wrong).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace vc::agent
