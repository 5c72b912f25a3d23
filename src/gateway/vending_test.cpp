#include "gateway/vending.hpp"

#include "core/testing/fake_clock.hpp"
#include "gateway/testing/scripted_driver.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

using wire::Action;
using wire::NegotiateReply;
using wire::NegotiateRequest;
using wire::Status;

constexpr std::uint64_t kMiB = 1 << 20;

wire::Scope scope(std::string_view name) {
  return wire::Scope::parse(name).value();
}

// What a test lets the store say about each question of a plan, in order.
const Answer kAbsent = nullptr;
const Answer kBroken = fail(Errc::unavailable, "connect /srv/secret: refused");

Answer present(std::uint64_t size = 5) {
  return std::make_shared<const storage::ObjectInfo>(
      storage::ObjectInfo{.size_bytes = size, .vcmeta = "meta"});
}

class VendingTest : public testing::Test {
 protected:
  static SigningKey seal_key() {
    return SigningKey::from_seed(Bytes(SigningKey::kSeedSize, std::byte{1})).value();
  }

  NegotiateReply negotiate(const NegotiateRequest& request, const std::vector<Answer>& answers) {
    auto plan = vending_.plan(caller_, request);
    if (!plan) {
      EXPECT_TRUE(answers.empty()) << "refused before any question";
      return {.status = Status::problem, .problem = plan.error()};
    }
    EXPECT_EQ(plan->questions.size(), answers.size());
    for (std::size_t i = 0; i < std::min(answers.size(), plan->questions.size()); ++i) {
      plan->questions[i].answer = answers[i];
    }
    return vending_.conclude(caller_, request, *plan, "https://cache.example");
  }

  static NegotiateRequest request(Action action) {
    NegotiateRequest request;
    request.hash = sha256("key");
    request.action = action;
    request.size_bytes = 5;
    request.sha256 = sha256("body");
    return request;
  }

  FakeClock clock_;
  ScriptedDriver driver_;
  Vending vending_{driver_, seal_key(), clock_};
  Principal caller_ = default_principal("token:test");
};

TEST_F(VendingTest, ADownloadOfWhatIsThereIsAHit) {
  const auto reply = negotiate(request(Action::download), {present(42)});
  EXPECT_EQ(reply.status, Status::found);
  EXPECT_EQ(reply.method, "GET");
  EXPECT_TRUE(reply.url.starts_with("https://cache.example/get/v1/default/-/velocity/"));
  EXPECT_EQ(reply.size_bytes, 42);
  EXPECT_EQ(reply.scope, "default");
  EXPECT_EQ(reply.vcmeta, "meta");
  EXPECT_EQ(reply.expires_in_s, 900);
}

TEST_F(VendingTest, ADownloadOfWhatIsAbsentIsAMiss) {
  EXPECT_EQ(negotiate(request(Action::download), {kAbsent}).status, Status::missing);
}

TEST_F(VendingTest, AnUploadOfWhatIsAbsentGetsATicketThatNeedsNoBaseUrl) {
  const auto reply = negotiate(request(Action::upload), {kAbsent});
  EXPECT_EQ(reply.status, Status::upload_needed);
  EXPECT_EQ(reply.method, "PUT");
  EXPECT_TRUE(reply.url.starts_with("https://store.example/put/v1/default/-/velocity/"));
  EXPECT_EQ(reply.headers.find("a"), "b");
  EXPECT_EQ(driver_.last_terms.size_bytes, 5);
  EXPECT_EQ(driver_.last_terms.sha256, sha256("body"));
}

TEST_F(VendingTest, AnUploadOfWhatIsThereIsSkipped) {
  EXPECT_EQ(negotiate(request(Action::upload), {present()}).status, Status::skipped);
}

// B5: an outage of the store never turns into work for the caller.
TEST_F(VendingTest, ABrokenStoreIsAProblemForEveryActionAndNamesNoPath) {
  for (const Action action : {Action::none, Action::download, Action::upload}) {
    const auto reply = negotiate(request(action), {kBroken});
    EXPECT_EQ(reply.status, Status::problem);
    EXPECT_EQ(reply.problem.status, 502);
    EXPECT_EQ(reply.problem.detail.find("/srv"), std::string::npos);
  }
}

TEST_F(VendingTest, WhatTheStoreIsDeniedIsNotTheCallersFault) {
  for (const Errc code : {Errc::denied, Errc::unauthenticated, Errc::not_found, Errc::invalid}) {
    const auto reply = negotiate(request(Action::download), {Answer(fail(code, "x"))});
    EXPECT_EQ(reply.problem.status, 502);
  }
  EXPECT_EQ(negotiate(request(Action::download), {Answer(fail(Errc::timeout, ""))}).problem.status,
            504);
  EXPECT_EQ(
      negotiate(request(Action::download), {Answer(fail(Errc::overloaded, ""))}).problem.status,
      503);
}

TEST_F(VendingTest, WithoutAnActionAMissComesWithTheUploadTicket) {
  EXPECT_EQ(negotiate(request(Action::none), {present()}).status, Status::found);
  EXPECT_EQ(negotiate(request(Action::none), {kAbsent}).status, Status::upload_needed);
}

TEST_F(VendingTest, WithoutAnActionAndWithoutTheSizeThatTheStoreNeedsAMissIsAMiss) {
  NegotiateRequest no_size = request(Action::none);
  no_size.size_bytes.reset();
  EXPECT_EQ(negotiate(no_size, {kAbsent}).status, Status::upload_needed);
  driver_.driver_limits.needs_size = true;
  EXPECT_EQ(negotiate(no_size, {kAbsent}).status, Status::missing);
}

TEST_F(VendingTest, AnUploadWithoutTheSizeThatTheStoreNeedsIs422) {
  driver_.driver_limits.needs_size = true;
  NegotiateRequest no_size = request(Action::upload);
  no_size.size_bytes.reset();
  const auto reply = negotiate(no_size, {});
  EXPECT_EQ(reply.problem.status, 422);
  EXPECT_EQ(reply.problem.code, "size_required");
}

TEST_F(VendingTest, AnUploadMayBeAsLargeAsTheLimitAndNotOneByteLarger) {
  NegotiateRequest large = request(Action::upload);
  large.size_bytes = driver_.driver_limits.object_bytes_max;
  EXPECT_EQ(negotiate(large, {kAbsent}).status, Status::upload_needed);
  ++*large.size_bytes;
  EXPECT_EQ(negotiate(large, {}).problem.status, 413);
}

TEST_F(VendingTest, RightsAreCheckedBeforeTheStoreIsAsked) {
  caller_.write.reset();
  EXPECT_EQ(negotiate(request(Action::upload), {}).problem.status, 403);
  EXPECT_EQ(negotiate(request(Action::none), {kAbsent}).status, Status::missing);
  caller_ = default_principal("s");
  caller_.read.clear();
  EXPECT_EQ(negotiate(request(Action::download), {}).problem.status, 403);
  EXPECT_EQ(negotiate(request(Action::none), {present()}).status, Status::skipped);
}

class ScopesTest : public VendingTest {
 protected:
  ScopesTest() {
    caller_.read = {scope("pr/1"), scope("branch/x"), scope("trusted/1")};
    caller_.write = scope("pr/1");
  }
};

TEST_F(ScopesTest, TheFirstScopeThatHasItWins) {
  EXPECT_EQ(negotiate(request(Action::download), {present(), present(), present()}).scope, "pr/1");
  EXPECT_EQ(negotiate(request(Action::download), {kAbsent, kAbsent, present()}).scope, "trusted/1");
}

TEST_F(ScopesTest, ALaterHitDoesNotCountBehindAnEarlierError) {
  EXPECT_EQ(negotiate(request(Action::download), {kAbsent, kBroken, present()}).status,
            Status::problem);
  EXPECT_EQ(negotiate(request(Action::download), {present(), kBroken, kBroken}).status,
            Status::found);
}

TEST_F(ScopesTest, AnUploadAsksAndWritesItsOwnScopeOnly) {
  const auto reply = negotiate(request(Action::upload), {kAbsent});
  EXPECT_NE(reply.url.find("/v1/pr/1/-/"), std::string::npos);
}

TEST_F(ScopesTest, WithoutAnActionTheWriteScopeIsAskedOnce) {
  EXPECT_EQ(negotiate(request(Action::none), {kAbsent, kAbsent, kAbsent}).status,
            Status::upload_needed);
  caller_.write = scope("pr/2");
  EXPECT_EQ(negotiate(request(Action::none), {kAbsent, kAbsent, kAbsent, present()}).status,
            Status::skipped);
}

TEST_F(ScopesTest, TheClientMayNarrowAndReorderWhatItMayReadAnyway) {
  NegotiateRequest narrowed = request(Action::download);
  narrowed.read_scopes = {"trusted/1", "pr/1"};
  EXPECT_EQ(negotiate(narrowed, {present(), present()}).scope, "trusted/1");
}

TEST_F(ScopesTest, AForeignScopeAnswersExactlyAsAnEmptyOne) {
  NegotiateRequest probing = request(Action::download);
  probing.read_scopes = {"trusted/2", "../etc", ""};
  EXPECT_EQ(negotiate(probing, {}).status, Status::missing);
}

TEST_F(VendingTest, FreshnessDecidesWhatAnAnswerMayComeFrom) {
  const auto freshness = [&](const NegotiateRequest& request) {
    return vending_.plan(caller_, request)->questions.front().freshness;
  };
  EXPECT_EQ(freshness(request(Action::download)), Freshness::recent);
  EXPECT_EQ(freshness(request(Action::upload)), Freshness::from_store);
  NegotiateRequest fresh = request(Action::download);
  fresh.fresh = true;
  EXPECT_EQ(freshness(fresh), Freshness::from_store);
}

TEST_F(VendingTest, ATicketThatTheStoreCutShortIsAnnouncedAsThat) {
  driver_.longest_life = std::chrono::seconds(40);
  EXPECT_EQ(negotiate(request(Action::upload), {kAbsent}).expires_in_s, 40);
  EXPECT_EQ(negotiate(request(Action::download), {present()}).expires_in_s, 40);
}

TEST_F(VendingTest, PutTicketsLiveAsLongAsASlowUploadTakes) {
  const auto life = [&](std::optional<std::uint64_t> size) {
    NegotiateRequest sized = request(Action::upload);
    driver_.driver_limits.object_bytes_max = 1ULL << 40;
    sized.size_bytes = size;
    const auto reply = negotiate(sized, {kAbsent});
    EXPECT_EQ(driver_.last_ttl.count(), reply.expires_in_s);
    return reply.expires_in_s;
  };
  EXPECT_EQ(life(std::nullopt), 900);
  EXPECT_EQ(life(0), 900);
  EXPECT_EQ(life(900 * kMiB), 900);
  EXPECT_EQ(life(901 * kMiB), 901);
  EXPECT_EQ(life(3600 * kMiB), 3600);
  EXPECT_EQ(life(1ULL << 39), 3600);
}

TEST_F(VendingTest, TheSealSaysWhoWasAllowedToWriteWhat) {
  NegotiateRequest upload = request(Action::upload);
  upload.provenance = {{"commit", "abc"}, {"subject", "forged"}, {"rule", "forged"}};
  negotiate(upload, {kAbsent});
  const std::vector keys{seal_key().verify_key()};
  const auto sealed = wire::open_vcmeta(driver_.last_terms.vcmeta, keys).value();
  EXPECT_EQ(sealed.meta.scope, "default");
  EXPECT_EQ(sealed.meta.name_space, "velocity");
  EXPECT_EQ(sealed.meta.key, sha256("key").hex());
  EXPECT_EQ(sealed.meta.sha256, sha256("body"));
  EXPECT_EQ(sealed.meta.size_bytes, 5);
  EXPECT_EQ(sealed.meta.provenance.at("subject"), "token:test");
  EXPECT_EQ(sealed.meta.provenance.at("commit"), "abc");
  EXPECT_EQ(sealed.meta.provenance.at("time"), "2027-01-15T08:00:00Z");
  EXPECT_FALSE(sealed.meta.provenance.contains("rule"));
}

}  // namespace
}  // namespace vc::gateway
