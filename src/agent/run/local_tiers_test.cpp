#include "agent/run/local_tiers.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

struct LocalTiersTest : ::testing::Test {
  TempDir directory = TempDir::create().value();
  FakeClock clock;
  std::vector<std::string> warnings;
  Digest key = sha256("key");

  LocalTiersOptions options(std::string url = "http://a", std::string token = "t") const {
    return {.directory = directory.path() / "cache",
            .state_directory = directory.path() / "state",
            .remote_url = std::move(url),
            .remote_token = std::move(token)};
  }

  LocalTiers::Warn warn() {
    return [this](std::string_view text) { warnings.emplace_back(text); };
  }

  void put(LocalTiers& tiers, std::optional<std::string_view> scope) const {
    const auto cache = tiers.destination(scope);
    ASSERT_TRUE(cache.has_value()) << cache.error().message;
    const auto writer = (*cache)->writer();
    ASSERT_TRUE(writer.has_value()) << writer.error().message;
    ASSERT_TRUE(write_all((*writer)->fd(), as_bytes("archive")));
    ASSERT_TRUE((*writer)->publish(key, sha256("archive"), 7, ""));
  }
};

TEST_F(LocalTiersTest, KeepAScopesEntriesFromARunThatMayNotReadIt) {
  LocalTiers writes(options(), clock, warn());
  writes.use_scopes({"pr/1"}, "pr/1");
  put(writes, "pr/1");
  EXPECT_TRUE(writes.find(key).has_value());

  LocalTiers other(options(), clock, warn());
  other.use_scopes({"trusted"}, "trusted");
  EXPECT_FALSE(other.find(key).has_value());
  LocalTiers same(options(), clock, warn());
  same.use_scopes({"trusted", "pr/1"}, "trusted");
  EXPECT_TRUE(same.find(key).has_value());
}

TEST_F(LocalTiersTest, KeepRemotesApart) {
  LocalTiers here(options("http://a"), clock, warn());
  here.use_scopes({"default"}, "default");
  put(here, "default");
  LocalTiers there(options("http://b"), clock, warn());
  there.use_scopes({"default"}, "default");
  EXPECT_FALSE(there.find(key).has_value());
  LocalTiers alone(options("", ""), clock, warn());
  EXPECT_FALSE(alone.find(key).has_value());
}

TEST_F(LocalTiersTest, KeepResultsOfUnknownScopeForTheSameCredential) {
  LocalTiers offline(options("http://a", "mine"), clock, warn());
  put(offline, std::nullopt);
  LocalTiers same(options("http://a", "mine"), clock, warn());
  same.use_scopes({"default"}, "default");
  EXPECT_TRUE(same.find(key).has_value());
  LocalTiers other(options("http://a", "theirs"), clock, warn());
  other.use_scopes({"default"}, "default");
  EXPECT_FALSE(other.find(key).has_value());
}

TEST_F(LocalTiersTest, PutIntoScratchSpaceWhatMayNotBeKept) {
  {
    LocalTiersOptions read_only = options();
    read_only.access = TierAccess::read;
    LocalTiers tiers(read_only, clock, warn());
    put(tiers, "default");
    EXPECT_TRUE(tiers.find_written(key).has_value());
    EXPECT_FALSE(tiers.find(key).has_value());
  }
  LocalTiers later(options(), clock, warn());
  later.use_scopes({"default"}, "default");
  EXPECT_FALSE(later.find(key).has_value());
  EXPECT_TRUE(fs::is_empty(directory.path() / "state/scratch"));
}

TEST_F(LocalTiersTest, DoWithoutADirectoryThatCannotBeUsedAndSayWhy) {
  ASSERT_TRUE(write_file_atomically(directory.path() / "cache", "a file"));
  LocalTiers tiers(options(), clock, warn());
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("VELOCITY_CACHE_DIR"), std::string::npos) << warnings[0];
  EXPECT_FALSE(tiers.find(key).has_value());
  put(tiers, std::nullopt);
  EXPECT_TRUE(tiers.find_written(key).has_value());
}

}  // namespace
}  // namespace vc::agent
