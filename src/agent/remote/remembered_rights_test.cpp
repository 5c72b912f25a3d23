#include "agent/remote/remembered_rights.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

struct RememberedRightsTest : testing::Test {
  TempDir directory = TempDir::create().value();
  FakeClock clock;

  void remember(std::string_view token) {
    wire::Capabilities rights;
    rights.read_scopes = {"pr/1", "default"};
    rights.write_scope = "pr/1";
    ASSERT_TRUE(remember_rights(directory.path(), "http://a", token, rights, clock.now()));
  }

  auto recall(std::string_view url, std::string_view token) {
    return recall_rights(directory.path(), url, token, clock.now());
  }
};

TEST_F(RememberedRightsTest, ComeBackForTheSameRemoteAndToken) {
  remember("secret");
  const auto rights = recall("http://a", "secret");
  ASSERT_TRUE(rights.has_value());
  EXPECT_TRUE(rights->is_fresh);
  EXPECT_EQ(rights->capabilities.read_scopes, (std::vector<std::string>{"pr/1", "default"}));
  EXPECT_EQ(rights->capabilities.write_scope, "pr/1");
}

TEST_F(RememberedRightsTest, SayNothingAboutAnotherTokenOrRemote) {
  remember("secret");
  EXPECT_FALSE(recall("http://a", "other").has_value());
  EXPECT_FALSE(recall("http://b", "secret").has_value());
  EXPECT_NE(identity_of("ab", "c"), identity_of("a", "bc"));
}

TEST_F(RememberedRightsTest, GrowStaleAtTheirLimit) {
  remember("secret");
  clock.advance(kRightsAgeMax - std::chrono::milliseconds(1));
  EXPECT_TRUE(recall("http://a", "secret")->is_fresh);
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_FALSE(recall("http://a", "secret")->is_fresh);
}

TEST_F(RememberedRightsTest, ThatAreDamagedAreNone) {
  remember("secret");
  for (const auto& entry : fs::directory_iterator(directory.path() / "rights")) {
    ASSERT_TRUE(write_file_atomically(entry.path(), "12\n{"));
  }
  EXPECT_FALSE(recall("http://a", "secret").has_value());
}

TEST_F(RememberedRightsTest, KeepTheTokenToThemselves) {
  remember("secret-token-value");
  for (const auto& entry : fs::directory_iterator(directory.path() / "rights")) {
    EXPECT_EQ(read_file(entry.path())->find("secret-token-value"), std::string::npos);
  }
}

TEST_F(RememberedRightsTest, CanBeForgotten) {
  remember("secret");
  forget_rights(directory.path(), "http://a", "secret");
  EXPECT_FALSE(recall("http://a", "secret").has_value());
}

}  // namespace
}  // namespace vc::agent
