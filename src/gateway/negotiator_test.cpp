#include "gateway/negotiator.hpp"

#include "gateway/testing/scripted_driver.hpp"
#include "gateway/testing/test_keys.hpp"

#include <gtest/gtest.h>

#include <future>

namespace vc::gateway {
namespace {

using wire::Action;
using wire::NegotiateReply;
using wire::NegotiateRequest;
using wire::Status;

NegotiateRequest request(int number, Action action = Action::download) {
  NegotiateRequest request;
  request.hash = sha256(std::to_string(number));
  request.action = action;
  request.size_bytes = 1;
  return request;
}

class NegotiatorTest : public testing::Test {
 protected:
  NegotiateReply one(NegotiateRequest wanted) {
    std::promise<NegotiateReply> promise;
    auto future = promise.get_future();
    negotiator_.one(caller_, std::move(wanted), "http://h",
                    [&](NegotiateReply reply) { promise.set_value(std::move(reply)); });
    return future.get();
  }

  std::vector<NegotiateReply> batch(std::vector<Result<NegotiateRequest>> wanted) {
    std::promise<std::vector<NegotiateReply>> promise;
    auto future = promise.get_future();
    negotiator_.batch(
        caller_, std::move(wanted), "http://h",
        [&](std::vector<NegotiateReply> replies) { promise.set_value(std::move(replies)); });
    return future.get();
  }

  std::string sample(const std::string& name) {
    const std::string text = metrics_.text({});
    const std::size_t at = text.find("\n" + name + " ") + name.size() + 2;
    return text.substr(at, text.find('\n', at) - at);
  }

  SystemClock clock_;
  NullLog log_;
  Metrics metrics_{"scripted"};
  ScriptedDriver driver_;
  Existence existence_{driver_, clock_, log_, metrics_};
  Vending vending_{
      driver_, SigningKey::from_seed(Bytes(SigningKey::kSeedSize, std::byte{1})).value(), clock_};
  Lookups lookups_{
      existence_, clock_, {.threads = 4, .queue_max = 64, .patience = std::chrono::hours(1)}};
  Negotiator negotiator_{vending_, existence_, lookups_, metrics_};
  Caller caller_ = std::make_shared<const Principal>(default_principal("token:test"));
};

TEST_F(NegotiatorTest, AHotKeyCostsTheStoreOneQuestion) {
  driver_.put(key_of(1), {.size_bytes = 9});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(one(request(1)).status, Status::found);
  }
  EXPECT_EQ(driver_.heads(), 1);
  EXPECT_EQ(sample("vc_cache_hits"), "100");
}

TEST_F(NegotiatorTest, WhatIsAnsweredFromMemoryIsAnsweredOnTheCallersThread) {
  driver_.presence_when_absent = storage::Presence::absent;
  std::thread::id answered_on;
  negotiator_.one(caller_, request(1), "http://h", [&](const NegotiateReply& reply) {
    EXPECT_EQ(reply.status, Status::missing);
    answered_on = std::this_thread::get_id();
  });
  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

// A batch of a thousand signatures under an RSA key would hold up a loop for half a second.
TEST_F(NegotiatorTest, WhereSigningIsSlowNothingIsSignedOnTheCallersThread) {
  driver_.driver_limits.signs_slowly = true;
  driver_.put(key_of(1), {.size_bytes = 9});
  ASSERT_EQ(one(request(1)).status, Status::found);
  std::promise<std::thread::id> single;
  negotiator_.one(caller_, request(1), "http://h", [&](const NegotiateReply& reply) {
    EXPECT_EQ(reply.status, Status::found);
    single.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(single.get_future().get(), std::this_thread::get_id());

  std::vector<Result<NegotiateRequest>> wanted;
  wanted.emplace_back(request(1));
  wanted.emplace_back(request(1));
  std::promise<std::thread::id> many;
  negotiator_.batch(caller_, std::move(wanted), "http://h",
                    [&](const std::vector<NegotiateReply>& replies) {
                      EXPECT_EQ(replies.size(), 2U);
                      EXPECT_EQ(replies.front().status, Status::found);
                      many.set_value(std::this_thread::get_id());
                    });
  EXPECT_NE(many.get_future().get(), std::this_thread::get_id());
  EXPECT_EQ(driver_.heads(), 1) << "still known from memory";
}

TEST_F(NegotiatorTest, FreshAndUploadsAlwaysAskTheStore) {
  driver_.put(key_of(1), {.size_bytes = 9});
  one(request(1));
  NegotiateRequest fresh = request(1);
  fresh.fresh = true;
  one(fresh);
  one(request(1, Action::upload));
  EXPECT_EQ(driver_.heads(), 3);
}

TEST_F(NegotiatorTest, ABatchAsksEveryObjectOnceAndCountsEveryItem) {
  driver_.put(key_of(1), {.size_bytes = 9});
  std::vector<Result<NegotiateRequest>> wanted;
  for (int i = 0; i < 30; ++i) {
    wanted.emplace_back(request(i % 3));
  }
  const auto replies = batch(std::move(wanted));
  ASSERT_EQ(replies.size(), 30);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(replies[static_cast<std::size_t>(i)].status,
              i % 3 == 1 ? Status::found : Status::missing);
  }
  EXPECT_EQ(driver_.heads(), 3);
  EXPECT_EQ(sample("vc_cache_hits"), "10");
  EXPECT_EQ(sample("vc_cache_misses"), "20");
}

TEST_F(NegotiatorTest, ABadOrFailedItemSpoilsOnlyItself) {
  driver_.put(key_of(1), {.size_bytes = 9});
  driver_.fail_head(key_of(2), Errc::unavailable);
  std::vector<Result<NegotiateRequest>> wanted;
  wanted.emplace_back(request(1));
  wanted.emplace_back(fail(Errc::invalid, "hash must be x"));
  wanted.emplace_back(request(2));
  wanted.emplace_back(request(3, Action::upload));
  const auto replies = batch(std::move(wanted));
  EXPECT_EQ(replies[0].status, Status::found);
  EXPECT_EQ(replies[1].problem.status, 400);
  EXPECT_EQ(replies[1].problem.detail, "hash must be x");
  EXPECT_EQ(replies[2].problem.status, 502);
  EXPECT_EQ(replies[3].status, Status::upload_needed);
  EXPECT_EQ(sample("vc_cache_misses"), "0");
}

TEST_F(NegotiatorTest, AnEmptyBatchHasAnEmptyAnswer) {
  EXPECT_TRUE(batch({}).empty());
}

TEST_F(NegotiatorTest, ABatchThatIsKnownFromMemoryCostsTheStoreNothing) {
  driver_.put(key_of(1), {.size_bytes = 9});
  one(request(1));
  std::vector<Result<NegotiateRequest>> wanted;
  for (int i = 0; i < 1000; ++i) {
    wanted.emplace_back(request(1));
  }
  EXPECT_EQ(batch(std::move(wanted)).size(), 1000);
  EXPECT_EQ(driver_.heads(), 1);
}

TEST_F(NegotiatorTest, AStoreThatHangsGivesLateItemsAProblemAndTheOthersTheirAnswer) {
  Lookups hasty(existence_, clock_,
                {.threads = 4, .queue_max = 64, .patience = std::chrono::milliseconds(50)});
  Negotiator negotiator(vending_, existence_, hasty, metrics_);
  driver_.put(key_of(1), {.size_bytes = 9});
  one(request(1));
  driver_.hold();
  std::vector<Result<NegotiateRequest>> wanted;
  wanted.emplace_back(request(1));  // Known.
  wanted.emplace_back(request(2));  // Hangs.
  std::promise<std::vector<NegotiateReply>> promise;
  negotiator.batch(caller_, std::move(wanted), "http://h",
                   [&](std::vector<NegotiateReply> r) { promise.set_value(std::move(r)); });
  const auto replies = promise.get_future().get();
  EXPECT_EQ(replies[0].status, Status::found);
  EXPECT_EQ(replies[1].status, Status::problem) << "never missing";
  EXPECT_EQ(replies[1].problem.status, 504);
  driver_.release();
}

}  // namespace
}  // namespace vc::gateway
