#include "core/log.hpp"

#include "core/log_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

namespace vc {
namespace {

using testing::HasSubstr;
using testing::Not;

// 2026-11-22 19:04:05.007 UTC.
constexpr TimePoint kTime{std::chrono::milliseconds{1'795'374'245'007}};

std::string json(std::string_view message, std::vector<LogField> fields = {}) {
  return json_log_line({.time = kTime, .message = message, .fields = fields});
}

std::string human(std::string_view message, std::vector<LogField> fields = {}) {
  return human_log_line({.time = kTime, .message = message, .fields = fields}, LogColour::off);
}

TEST(JsonLogLine, HasTimeLevelMessageAndTypedFields) {
  EXPECT_EQ(
      json("vended", {{"key", "ab"}, {"count", std::int64_t{-3}}, {"ratio", 0.5}, {"hit", true}}),
      R"({"ts":"2026-11-22T19:04:05.007Z","level":"info","msg":"vended","key":"ab",)"
      R"("count":-3,"ratio":0.5,"hit":true})");
}

TEST(JsonLogLine, NumbersThatJsonCannotWriteAreNull) {
  EXPECT_THAT(json("m", {{"x", std::numeric_limits<double>::quiet_NaN()}}),
              HasSubstr(R"("x":null)"));
  EXPECT_THAT(json("m", {{"x", std::numeric_limits<double>::infinity()}}),
              HasSubstr(R"("x":null)"));
}

TEST(JsonLogLine, StringsAreEscaped) {
  EXPECT_THAT(json("a\"b\\c\nd\te\x01"), HasSubstr(R"("msg":"a\"b\\c\nd\te\u0001")"));
  EXPECT_THAT(json({"a\0b", 3}), HasSubstr(R"("msg":"a\u0000b")"));
  EXPECT_THAT(json("m", {{"na\"me", "v"}}), HasSubstr(R"("na\"me":"v")"));
  EXPECT_THAT(json("gr\u00fc\u00df \U0001f680"), HasSubstr("\"gr\u00fc\u00df \U0001f680\""));
}

TEST(JsonLogLine, InvalidUtf8IsReplaced) {
  EXPECT_THAT(json("a\xff"
                   "b"),
              HasSubstr("\"a\ufffd"
                        "b\""));
  EXPECT_THAT(json("cut\xe2\x82"), HasSubstr("\"cut\ufffd\ufffd\""));
  EXPECT_THAT(json("\xed\xa0\x80"), HasSubstr("\"\ufffd\ufffd\ufffd\""));
}

TEST(HumanLogLine, ReadsLikeASentence) {
  EXPECT_EQ(human("listening", {{"port", std::int64_t{8080}}, {"host", "::"}, {"tls", false}}),
            "19:04:05 info  listening  port=8080  host=::  tls=false");
  EXPECT_EQ(human("m", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "q\""}}),
            R"(19:04:05 info  m  a="two words"  b=""  c="x=y"  d="q\"")");
}

TEST(HumanLogLine, ColoursOnlyTheLevel) {
  const std::string line =
      human_log_line({.time = kTime, .level = LogLevel::error, .message = "m"}, LogColour::on);
  EXPECT_EQ(line, "19:04:05 \x1b[31merror\x1b[0m m");
  EXPECT_THAT(human("m"), Not(HasSubstr("\x1b")));
}

// A name that somebody else chose must neither forge a second event nor drive the terminal.
TEST(LogLine, HostileTextStaysInItsLine) {
  const std::string_view hostile = "x\n19:04:05 info  forged\r\x1b[2J\x7f\xc2\x9b";
  for (const std::string& line :
       {json(hostile, {{"f", hostile}}), human(hostile, {{"f", hostile}})}) {
    EXPECT_EQ(std::ranges::count_if(line, [](char c) { return c >= 0 && c < ' '; }), 0) << line;
    EXPECT_THAT(line, Not(HasSubstr("\x7f")));
    EXPECT_THAT(line, Not(HasSubstr("\xc2\x9b")));
    EXPECT_THAT(line, HasSubstr("\\u001b[2J\\u007f\\u009b"));
  }
}

TEST(MakeLog, WritesLinesOfItsLevelAndAbove) {
  testing::internal::CaptureStderr();
  const auto log = make_log(LogFormat::json, LogLevel::warn);
  EXPECT_FALSE(log->enabled(LogLevel::info));
  EXPECT_TRUE(log->enabled(LogLevel::warn));
  log->debug("no");
  log->info("no");
  log->warn("{} %v", {{"n", std::int64_t{1}}});  // Not a format.
  log->error("last");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_THAT(text, HasSubstr(R"("level":"warn","msg":"{} %v","n":1})"
                              "\n"));
  EXPECT_THAT(text, HasSubstr(R"("level":"error","msg":"last"})"
                              "\n"));
}

TEST(MakeLog, IsWithoutColourWhereNoTerminalIs) {
  testing::internal::CaptureStderr();
  make_log(LogFormat::human, LogLevel::debug)->debug("quiet");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr(" debug quiet\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(MakeLog, LinesOfManyThreadsDoNotMix) {
  testing::internal::CaptureStderr();
  const auto log = make_log(LogFormat::json, LogLevel::info);
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 50; ++j) {
          log->info("line", {{"padding", std::string_view("................................")}});
        }
      });
    }
  }
  std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(text, '\n'), 200);
  for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    ASSERT_TRUE(rest.starts_with("{\"ts\":"));
    ASSERT_TRUE(rest.substr(0, rest.find('\n')).ends_with("....\"}"));
  }
}

TEST(NullLog, IsNeverEnabled) {
  NullLog log;
  EXPECT_FALSE(log.enabled(LogLevel::error));
  log.error("nowhere");
}

}  // namespace
}  // namespace vc
