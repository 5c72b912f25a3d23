#include "gateway/auth.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

TEST(BearerToken, SchemeIsCaseInsensitiveAndTheTokenIsNot) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer abc"), "abc");
  EXPECT_EQ(bearer_token("BEARER   ABC"), "ABC");
}

TEST(BearerToken, OtherSchemesAndMalformedOnesAreNone) {
  for (const std::string_view header :
       {"", "Bearer", "Bearer ", "Bearer    ", "Basic abc", "Bearerabc", "Bearer a b", " Bearer a",
        "Bearer a ", "abc"}) {
    EXPECT_EQ(bearer_token(header), std::nullopt) << header;
  }
}

class TokenAuthenticatorTest : public testing::Test {
 protected:
  TokenAuthenticatorTest() {
    tokens_.add("first-token", default_principal("token:first"));
    tokens_.add("second-token", default_principal("token:second"));
  }

  TokenAuthenticator tokens_;
};

TEST_F(TokenAuthenticatorTest, EachTokenIsItsOwnSubject) {
  EXPECT_EQ(tokens_.authenticate("Bearer first-token").value()->subject, "token:first");
  EXPECT_EQ(tokens_.authenticate("bearer second-token").value()->subject, "token:second");
}

// B8: anything but the whole token is a stranger.
TEST_F(TokenAuthenticatorTest, AlmostTheTokenIsNotTheToken) {
  for (const std::string_view header : {"Bearer first-toke", "Bearer first-tokenx",
                                        "Bearer FIRST-TOKEN", "Bearer ", "", "Basic first-token"}) {
    const auto caller = tokens_.authenticate(header);
    ASSERT_FALSE(caller.has_value()) << header;
    EXPECT_EQ(caller.error().code, Errc::unauthenticated);
    EXPECT_EQ(caller.error().message.find("first-tok"), std::string::npos);
  }
}

TEST(AnonymousAuthenticator, TakesEverybodyForTheSame) {
  const AnonymousAuthenticator everybody(default_principal("anonymous"));
  EXPECT_EQ(everybody.authenticate("").value()->subject, "anonymous");
  EXPECT_EQ(everybody.authenticate("Bearer whatever").value()->subject, "anonymous");
}

TEST(DefaultPrincipal, ReadsAndWritesDefault) {
  const Principal principal = default_principal("s");
  ASSERT_EQ(principal.read.size(), 1);
  EXPECT_EQ(principal.read.front().text(), "default");
  EXPECT_EQ(principal.write->text(), "default");
}

}  // namespace
}  // namespace vc::gateway
