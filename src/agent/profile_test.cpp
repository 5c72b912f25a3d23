#include "agent/profile.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"
#include "wire/json_document.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace vc::agent {
namespace {

using namespace std::chrono_literals;

TEST(ProfileTest, SpansAreCompleteEventsInMicrosecondsSinceTheRunBegan) {
  FakeClock clock;
  Profile profile(clock);
  clock.advance(5ms);
  {
    const Profile::Span outer = profiled(&profile, "restore", "web#build");
    clock.advance(2ms);
  }
  const std::string text = profile.to_json();
  EXPECT_NE(text.find(R"("name":"restore","cat":"task","ph":"X","pid":1,"tid":1,)"
                      R"("ts":5000,"dur":2000,"args":{"task":"web#build"})"),
            std::string::npos)
      << text;
}

TEST(ProfileTest, NamesOfAnyBytesAreValidJson) {
  const SystemClock clock;
  Profile profile(clock);
  {
    const Profile::Span span = profiled(&profile, "restore", "a\"b\\c\n#build");
  }
  const std::string text = profile.to_json();
  const auto document = wire::JsonDocument::parse(text);
  ASSERT_TRUE(document) << text;
  const auto event = document->root().find("traceEvents")->first();
  EXPECT_EQ(event.find("args")->find("task")->node().text, "a\"b\\c\n#build");
}

TEST(ProfileTest, ThreadsHaveLanesOfTheirOwnAndMovedSpansCountOnce) {
  const SystemClock clock;
  Profile profile(clock);
  {
    const Profile::Span here = profiled(&profile, "here");
    std::thread([&] {
      Profile::Span first = profiled(&profile, "there");
      const Profile::Span second = std::move(first);
    }).join();
  }
  const std::string text = profile.to_json();
  EXPECT_NE(text.find(R"("name":"there","cat":"run","ph":"X","pid":1,"tid":1)"), text.npos) << text;
  EXPECT_NE(text.find(R"("name":"here","cat":"run","ph":"X","pid":1,"tid":2)"), text.npos) << text;
  EXPECT_EQ(text.find("there"), text.rfind("there"));
}

TEST(ProfileTest, WithoutAProfileNothingHappens) {
  const Profile::Span span = profiled(nullptr, "anything");
}

TEST(ProfileTest, FoldersOfTheFileAreMadeAndAnUnwritablePlaceIsSaid) {
  const auto directory = TempDir::create();
  ASSERT_TRUE(directory);
  const SystemClock clock;
  const Profile profile(clock);
  EXPECT_TRUE(profile.write(directory->path() / "new" / "trace.json"));
  EXPECT_TRUE(fs::exists(directory->path() / "new" / "trace.json"));
  EXPECT_FALSE(profile.write(directory->path() / "new" / "trace.json" / "x"));
}

}  // namespace
}  // namespace vc::agent
