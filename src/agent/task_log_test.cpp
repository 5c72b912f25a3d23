#include "agent/task_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

namespace vc::agent {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kFrameHeaderBytes = 9;

using Frames = std::vector<std::tuple<OutputStream, std::int64_t, std::string>>;

Frames frames_of(std::string_view encoded) {
  Frames frames;
  EXPECT_TRUE(replay_log(encoded, [&](OutputStream stream, milliseconds at, std::string_view text) {
    frames.emplace_back(stream, at.count(), text);
  }));
  return frames;
}

// B33: the replay of a hit is what the run printed.
TEST(TaskLog, AReplayIsWhatWasPrinted) {
  TaskLog log;
  log.append(OutputStream::out, milliseconds(0), "compiling\n");
  log.append(OutputStream::err, milliseconds(70'000), std::string("bytes \0\xFF\n", 9));
  log.append(OutputStream::out, milliseconds(70'001), "");
  log.append(OutputStream::out, milliseconds(70'002), "done\n");
  EXPECT_THAT(frames_of(log.encoded()),
              ElementsAre(std::tuple(OutputStream::out, 0, "compiling\n"),
                          std::tuple(OutputStream::err, 70'000, std::string("bytes \0\xFF\n", 9)),
                          std::tuple(OutputStream::out, 70'002, "done\n")));
  EXPECT_FALSE(log.truncated());
}

TEST(TaskLog, TimesOutsideTheFormatAreClamped) {
  TaskLog log;
  log.append(OutputStream::out, milliseconds(-5), "a");
  log.append(OutputStream::out, std::chrono::hours(24 * 365), "b");
  const Frames frames = frames_of(log.encoded());
  EXPECT_EQ(std::get<1>(frames[0]), 0);
  EXPECT_EQ(std::get<1>(frames[1]), UINT32_MAX);
}

TEST(TaskLog, ALogThatJustFitsIsWhole) {
  constexpr std::uint64_t kMax = 100;
  TaskLog log(kMax);
  log.append(OutputStream::out, milliseconds(1), std::string(50, 'a'));
  log.append(OutputStream::out, milliseconds(2),
             std::string(kMax - 50 - 2 * kFrameHeaderBytes, 'b'));
  EXPECT_FALSE(log.truncated());
  EXPECT_EQ(log.encoded().size(), kMax);
}

TEST(TaskLog, OneByteMoreIsCutOffWithOneMarker) {
  constexpr std::uint64_t kMax = 100;
  TaskLog log(kMax);
  log.append(OutputStream::out, milliseconds(1), std::string(50, 'a'));
  log.append(OutputStream::out, milliseconds(2),
             std::string(kMax - 50 - 2 * kFrameHeaderBytes + 1, 'b'));
  log.append(OutputStream::out, milliseconds(3), "never seen");
  EXPECT_TRUE(log.truncated());
  const Frames frames = frames_of(log.encoded());
  ASSERT_EQ(frames.size(), 3U);
  EXPECT_EQ(std::get<2>(frames[1]), std::string(kMax - 50 - 2 * kFrameHeaderBytes, 'b'));
  EXPECT_EQ(std::get<2>(frames[2]), "\n[velocity: the log is cut off here, at 100 bytes]\n");
}

TEST(TaskLog, WithNoRoomForAFrameOnlyTheMarkerFollows) {
  TaskLog log(20);
  log.append(OutputStream::out, milliseconds(1), "1234567890");
  log.append(OutputStream::out, milliseconds(2), "x");
  EXPECT_EQ(frames_of(log.encoded()).size(), 2U);
}

TEST(TaskLog, ItsRealLimitKeepsWithinWhatAnArchiveHolds) {
  TaskLog log;
  const std::string megabyte(1 << 20, 'm');
  while (!log.truncated()) {
    log.append(OutputStream::out, milliseconds(0), megabyte);
  }
  EXPECT_GE(log.encoded().size(), kLogBytesMax);
  EXPECT_LE(log.encoded().size(), kEncodedLogBytesMax);
}

TEST(TaskLog, BytesThatAreNoLogAreCorruptAndNothingIsReplayed) {
  TaskLog log;
  log.append(OutputStream::out, milliseconds(1), "hello");
  log.append(OutputStream::err, milliseconds(2), "world");
  const std::string encoded = log.encoded();
  const std::size_t first = kFrameHeaderBytes + 5;
  const auto refuse = [](std::string_view bytes) {
    int visits = 0;
    const auto replayed =
        replay_log(bytes, [&](OutputStream, milliseconds, std::string_view) { ++visits; });
    EXPECT_FALSE(replayed) << bytes.size();
    EXPECT_EQ(replayed.error().code, Errc::corrupt);
    EXPECT_EQ(visits, 0);
  };
  for (std::size_t length = 1; length < encoded.size(); ++length) {
    if (length != first) {
      refuse(std::string_view(encoded).substr(0, length));
    }
  }
  for (const char stream : {'\0', '\3', '\xFF'}) {
    std::string broken = encoded;
    broken[first] = stream;
    refuse(broken);
  }
  std::string too_long = encoded;
  too_long[first + 8] = '\x7F';
  refuse(too_long);
}

TEST(TaskLog, TextIsFoundAcrossFramesOfOneStreamOnly) {
  TaskLog log;
  const auto print = [&](OutputStream stream, std::string_view text) {
    log.append(stream, milliseconds(0), text);
  };
  print(OutputStream::out, "the sec");
  print(OutputStream::err, "XXX");
  print(OutputStream::out, "r");
  print(OutputStream::err, "YYY");
  print(OutputStream::out, "et!");
  EXPECT_TRUE(log.contains("secret"));
  EXPECT_TRUE(log.contains("the secret!"));
  EXPECT_TRUE(log.contains("XXXYYY"));
  EXPECT_TRUE(log.contains("!"));
  EXPECT_TRUE(log.contains(""));
  EXPECT_FALSE(log.contains("secXXXret"));
  EXPECT_FALSE(log.contains("secret!!"));
  EXPECT_FALSE(log.contains("YYYXXX"));
}

TEST(TaskLog, TextIsFoundInEveryWayToCutIt) {
  const std::string text = "abcabcabd";
  for (unsigned cuts = 0; cuts < (1U << (text.size() - 1)); ++cuts) {
    TaskLog log;
    std::string piece = "ab";
    for (std::size_t i = 0; i < text.size(); ++i) {
      piece += text[i];
      if (i + 1 == text.size() || ((cuts >> i) & 1) != 0) {
        log.append(OutputStream::out, milliseconds(0), piece);
        piece.clear();
      }
    }
    EXPECT_TRUE(log.contains(text)) << cuts;
    EXPECT_FALSE(log.contains(text + "x")) << cuts;
    EXPECT_FALSE(log.contains("bb" + text)) << cuts;
  }
}

TEST(TaskLog, SecretsAreNamedWhenTheirValueWasPrinted) {
  TaskLog log;
  log.append(OutputStream::out, milliseconds(0), "token=ghp_0123");
  log.append(OutputStream::out, milliseconds(0),
             "456789 key=short home=/home/alice pw=hunter2hunter2");
  EXPECT_THAT(secrets_in_log(log, {{"GITHUB_TOKEN", "ghp_0123456789"},
                                   {"npm_config_password", "hunter2hunter2"},
                                   {"API_KEY", "short"},  // Too short to mean anything.
                                   {"AWS_SECRET_ACCESS_KEY", "not printed"},
                                   {"HOME", "/home/alice"},  // No secret.
                                   {"EMPTY_TOKEN", ""}}),
              ElementsAre("GITHUB_TOKEN", "npm_config_password"));
  EXPECT_THAT(secrets_in_log(TaskLog(), {{"TOKEN", "12345678"}}), IsEmpty());
}

TEST(TaskLog, EightBytesAreASecretAndSevenAreNot) {
  TaskLog log;
  log.append(OutputStream::err, milliseconds(0), "12345678");
  EXPECT_THAT(secrets_in_log(log, {{"A_TOKEN", "12345678"}, {"B_TOKEN", "1234567"}}),
              ElementsAre("A_TOKEN"));
}

}  // namespace
}  // namespace vc::agent
