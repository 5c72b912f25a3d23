#include "gateway/public_url.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

TEST(PublicUrl, IsTakenFromWhatTheClientUsed) {  // B29
  EXPECT_EQ(public_url_of({.host = "cache.example:9000"}).value(), "http://cache.example:9000");
  EXPECT_EQ(public_url_of({.host = "[::1]:8080"}).value(), "http://[::1]:8080");
  EXPECT_EQ(public_url_of({.host = "10.0.0.1"}).value(), "http://10.0.0.1");
}

TEST(PublicUrl, AProxyInFrontIsBelieved) {
  EXPECT_EQ(public_url_of({.host = "gateway:8080",
                           .forwarded_host = "cache.example, inner",
                           .forwarded_proto = "https , http"})
                .value(),
            "https://cache.example");
  EXPECT_EQ(public_url_of({.host = "cache.example", .forwarded_proto = "https"}).value(),
            "https://cache.example");
}

TEST(PublicUrl, AHostileHostIsInvalid) {
  for (const std::string_view host :
       {"", "evil.example/path", "a b", "user@host", "host:", "host:99999999", "host:8o", "ho\"st",
        "host\r\nX: y", "[::1", "[]", "[::g]", "[::1]x", "a\xc3\xa9", "host?x", "#"}) {
    EXPECT_FALSE(public_url_of({.host = host}).has_value()) << host;
    EXPECT_EQ(public_url_of({.host = "good", .forwarded_host = host}).has_value(), host.empty());
  }
  const std::string longest(255, 'a');
  EXPECT_TRUE(public_url_of({.host = longest}).has_value());
  EXPECT_FALSE(public_url_of({.host = longest + "a"}).has_value());
}

TEST(PublicUrl, OtherProtocolsAreInvalid) {
  for (const std::string_view proto : {"ftp", "HTTPS", "https:", "javascript", " "}) {
    EXPECT_FALSE(public_url_of({.host = "h", .forwarded_proto = proto}).has_value()) << proto;
  }
}

TEST(PublicUrl, AConfiguredOneLosesItsFinalSlash) {
  EXPECT_EQ(parse_public_url("https://cache.example/").value(), "https://cache.example");
  EXPECT_EQ(parse_public_url("http://h:1/base/path/").value(), "http://h:1/base/path");
  for (const std::string_view url :
       {"", "cache.example", "ftp://h", "http://", "http://h?x", "http://h/a b", "http://u@h"}) {
    EXPECT_FALSE(parse_public_url(url).has_value()) << url;
  }
}

}  // namespace
}  // namespace vc::gateway
