#include "storage/url_signer.hpp"

#include "core/testing/fake_clock.hpp"
#include "storage/testing/artifacts.hpp"
#include "wire/vcmeta.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class UrlSignerTest : public testing::Test {
 protected:
  Errc refusal(std::string_view method, const std::string& target) const {
    const auto grant = signer_.verify(method, target);
    EXPECT_FALSE(grant) << method << " " << target;
    return grant ? Errc::io : grant.error().code;
  }

  FakeClock clock_;
  UrlSigner signer_{as_bytes("0123456789abcdef0123456789abcdef"), clock_};
  wire::ObjectKey key_ = key_of("artifact");
  UploadTerms terms_{.size_bytes = 42, .sha256 = sha256("body"), .vcmeta = "bWV0YQ-_"};
};

TEST_F(UrlSignerTest, AnUploadTicketGrantsExactlyItsTerms) {
  const Ticket ticket = signer_.sign_put(key_, terms_, 15min);
  EXPECT_EQ(ticket.method, "PUT");
  EXPECT_TRUE(ticket.headers.empty());
  const auto grant = signer_.verify("PUT", ticket.url);
  ASSERT_TRUE(grant) << grant.error().message;
  EXPECT_EQ(grant->key, key_);
  EXPECT_EQ(grant->terms.size_bytes, terms_.size_bytes);
  EXPECT_EQ(grant->terms.sha256, terms_.sha256);
  EXPECT_EQ(grant->terms.vcmeta, terms_.vcmeta);
}

TEST_F(UrlSignerTest, TermsThatWereNotStatedStayUnstated) {
  const auto grant = signer_.verify("PUT", signer_.sign_put(key_, {}, 15min).url);
  ASSERT_TRUE(grant);
  EXPECT_FALSE(grant->terms.size_bytes);
  EXPECT_FALSE(grant->terms.sha256);
  EXPECT_EQ(grant->terms.vcmeta, "");
}

TEST_F(UrlSignerTest, NoSizeAndSizeZeroAreDifferentGrants) {
  const std::string none = signer_.sign_put(key_, {}, 15min).url;
  const std::string zero = signer_.sign_put(key_, {.size_bytes = 0}, 15min).url;
  EXPECT_EQ(signer_.verify("PUT", zero)->terms.size_bytes, 0U);
  EXPECT_NE(none.substr(none.rfind('=')), zero.substr(zero.rfind('=')));
}

TEST_F(UrlSignerTest, AGetTicketServesHeadButNoOtherMethod) {
  const std::string url = signer_.sign_get(key_, 15min).url;
  EXPECT_TRUE(signer_.verify("GET", url));
  EXPECT_TRUE(signer_.verify("HEAD", url));
  EXPECT_EQ(refusal("PUT", url), Errc::denied);
  EXPECT_EQ(refusal("get", url), Errc::denied);
  EXPECT_EQ(refusal("", url), Errc::denied);
}

TEST_F(UrlSignerTest, APutTicketDoesNotRead) {
  const std::string url = signer_.sign_put(key_, terms_, 15min).url;
  EXPECT_EQ(refusal("GET", url), Errc::denied);
  EXPECT_EQ(refusal("HEAD", url), Errc::denied);
}

TEST_F(UrlSignerTest, ATicketExpiresAtItsSecond) {
  const std::string url = signer_.sign_get(key_, 15min).url;
  clock_.advance(15min - 1s);
  EXPECT_TRUE(signer_.verify("GET", url));
  clock_.advance(1s);
  EXPECT_EQ(refusal("GET", url), Errc::denied);
}

// B4: a leaked URL is worth nothing for another key, size, digest, time or artifact.
TEST_F(UrlSignerTest, AnyChangedCharacterEndsTheGrant) {
  const std::string url = signer_.sign_put(key_, terms_, 15min).url;
  for (std::size_t i = 0; i < url.size(); ++i) {
    for (const char other : {'0', '1', 'a', 'Z', '_', '-', '&', '=', '/', '%', '\0'}) {
      std::string changed = url;
      changed[i] = other;
      if (changed != url) {
        EXPECT_FALSE(signer_.verify("PUT", changed)) << changed;
      }
    }
    std::string shortened = url;
    shortened.erase(i, 1);
    EXPECT_FALSE(signer_.verify("PUT", shortened)) << shortened;
    EXPECT_FALSE(signer_.verify("PUT", url.substr(0, i)));
  }
  EXPECT_FALSE(signer_.verify("PUT", url + "A"));
}

TEST_F(UrlSignerTest, OnlyTheSpellingWeMakeIsAccepted) {
  const std::string url = signer_.sign_put(key_, terms_, 15min).url;
  const auto replaced = [&](std::string_view from, std::string_view to) {
    std::string changed = url;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  const std::string sha = "&sha256=" + terms_.sha256->hex();
  const std::vector<std::string> variants = {
      replaced("?expires=", "?size=42&expires="),
      replaced("&size=42", "&size=42&size=42"),
      replaced("&size=42", "&size=042"),
      replaced("&size=42", "&size=+42"),
      replaced("&size=42", "&size=-42"),
      replaced("&size=42", "&size=42 "),
      replaced("&size=42", "&size="),
      replaced("&size=42", "&size=4%32"),
      replaced("&size=42", "&size=99999999999999999999999"),
      replaced("&size=42", "&&size=42"),
      replaced("&size=42" + sha, sha + "&size=42"),
      replaced("&signature=", "&unknown=1&signature="),
      replaced("&signature=", "&signature=&signature="),
      replaced("/v1/blobs/", "/v1/blobs//"),
      replaced("/v1/blobs/", "/v1/blobs/./"),
      replaced("/v1/blobs/", "/v1//blobs/"),
      replaced("/velocity/", "/%76elocity/"),
      replaced("/default/", "/default/../default/"),
      replaced("?expires=", "?&expires="),
      replaced("?expires=", "#?expires="),
      url + "&",
      url + "=",
      url + "&x=1",
      url + "#fragment",
      "http://localhost" + url,
  };
  for (const std::string& variant : variants) {
    EXPECT_EQ(refusal("PUT", variant), Errc::invalid) << variant;
  }
}

TEST_F(UrlSignerTest, AnEmptyVcmetaIsNotASecondSpellingOfNone) {
  std::string url = signer_.sign_put(key_, {.size_bytes = 1}, 15min).url;
  url.insert(url.find("&signature="), "&vcmeta=");
  EXPECT_EQ(refusal("PUT", url), Errc::invalid);
}

// B1, B2, B3: what is not a key never gets as far as the signature.
TEST_F(UrlSignerTest, HostileTargetsAreRefused) {
  const std::string query = "?expires=1900000000&signature=" + std::string(43, 'A');
  for (const std::string_view path :
       {"", "..", "../../etc/passwd", "%2e%2e/%2e%2e", "v1/default/-/velocity/aa/..",
        "v1/../-/velocity/aa/aa", "v1\\default", "-", "//", "v1/default/-/turbo/aa/a%2Fb"}) {
    EXPECT_EQ(refusal("GET", "/v1/blobs/" + std::string(path) + query), Errc::invalid) << path;
  }
  EXPECT_EQ(refusal("GET", ""), Errc::invalid);
  EXPECT_EQ(refusal("GET", "/"), Errc::invalid);
  EXPECT_EQ(refusal("GET", "/v1/blobs/" + key_.text()), Errc::invalid);
  EXPECT_EQ(refusal("GET", "/v1/blobs/" + std::string(4096, 'a') + query), Errc::invalid);
  EXPECT_EQ(refusal("GET", "/v1/blobs/" + key_.text() + query), Errc::denied);
}

TEST_F(UrlSignerTest, VcmetaHoldsAtItsLimitAndFailsOnePastIt) {
  terms_.vcmeta = std::string(wire::kVcmetaBytesMax, 'm');
  EXPECT_TRUE(signer_.verify("PUT", signer_.sign_put(key_, terms_, 15min).url));
  terms_.vcmeta += 'm';
  EXPECT_EQ(refusal("PUT", signer_.sign_put(key_, terms_, 15min).url), Errc::invalid);
}

TEST_F(UrlSignerTest, TheLargestNumbersSurviveTheRoundTrip) {
  terms_.size_bytes = std::numeric_limits<std::uint64_t>::max();
  const auto grant = signer_.verify("PUT", signer_.sign_put(key_, terms_, 15min).url);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->terms.size_bytes, terms_.size_bytes);
}

TEST_F(UrlSignerTest, AnotherKeyMakesAnotherSignature) {
  const UrlSigner other(as_bytes("0123456789abcdef0123456789abcdeF"), clock_);
  const auto grant = signer_.verify("GET", other.sign_get(key_, 15min).url);
  ASSERT_FALSE(grant);
  EXPECT_EQ(grant.error().code, Errc::denied);
}

// A URL is a secret: nothing of it may reach a log through a message.
TEST_F(UrlSignerTest, ARefusalDoesNotRepeatTheUrl) {
  const auto grant = signer_.verify("PUT", signer_.sign_get(key_, 15min).url);
  ASSERT_FALSE(grant);
  EXPECT_EQ(grant.error().message.find("signature="), std::string::npos);
  EXPECT_EQ(grant.error().message.find(key_.key()), std::string::npos);
}

}  // namespace
}  // namespace vc::storage
