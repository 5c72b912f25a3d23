#include "gateway/existence.hpp"

#include "core/testing/fake_clock.hpp"
#include "gateway/testing/scripted_driver.hpp"
#include "gateway/testing/test_keys.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace vc::gateway {
namespace {

class ExistenceTest : public testing::Test {
 protected:
  SystemClock clock_;
  NullLog log_;
  Metrics metrics_{"scripted"};
  ScriptedDriver driver_;
  Existence existence_{driver_, clock_, log_, metrics_};
  wire::ObjectKey key_ = key_of("a");

  Deadline soon() const { return clock_.steady_now() + std::chrono::seconds(20); }
};

TEST_F(ExistenceTest, NothingIsKnownBeforeTheStoreWasAsked) {
  EXPECT_FALSE(existence_.known(key_, Freshness::recent).has_value());
  EXPECT_EQ(driver_.heads(), 0);
}

TEST_F(ExistenceTest, WhatWasFoundIsKnownToDownloadsAndNotToUploads) {
  driver_.put(key_, {.size_bytes = 7});
  EXPECT_EQ((*existence_.ask(key_, soon()))->size_bytes, 7);
  EXPECT_TRUE(existence_.known(key_, Freshness::recent).has_value());
  EXPECT_FALSE(existence_.known(key_, Freshness::from_store).has_value());
  EXPECT_EQ(driver_.heads(), 1);
}

// There is no negative cache: what is absent now can be there a moment later.
TEST_F(ExistenceTest, AbsenceIsNeverRemembered) {
  EXPECT_EQ(*existence_.ask(key_, soon()), nullptr);
  EXPECT_FALSE(existence_.known(key_, Freshness::recent).has_value());
  driver_.put(key_, {.size_bytes = 7});
  EXPECT_NE(*existence_.ask(key_, soon()), nullptr);
}

TEST_F(ExistenceTest, ADriverThatIsSureOfAbsenceIsBelievedWithoutAQuestion) {
  driver_.presence_when_absent = storage::Presence::absent;
  for (const Freshness freshness : {Freshness::recent, Freshness::from_store}) {
    const auto known = existence_.known(key_, freshness);
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(**known, nullptr);
  }
  EXPECT_EQ(driver_.heads(), 0);
}

// B5: an outage is an error, is not remembered, and does not drop what is known.
TEST_F(ExistenceTest, HeadOfABrokenStoreIsAnErrorNotAMiss) {
  for (const Errc code : {Errc::unavailable, Errc::timeout, Errc::denied, Errc::io}) {
    const auto key = key_of("broken" + std::to_string(static_cast<int>(code)));
    driver_.fail_head(key, code);
    EXPECT_EQ(existence_.ask(key, soon()).error().code, code);
    EXPECT_FALSE(existence_.known(key, Freshness::recent).has_value());
  }
  EXPECT_NE(metrics_.text({}).find("vc_store_errors_total{code=\"store_timeout\""),
            std::string::npos);
}

TEST_F(ExistenceTest, ManyWhoAskAtOnceCostOneQuestion) {
  driver_.put(key_, {.size_bytes = 7});
  driver_.hold();
  std::vector<std::jthread> threads;
  std::atomic<int> found = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { found += *existence_.ask(key_, soon()) != nullptr ? 1 : 0; });
  }
  driver_.wait_for_held(1);
  driver_.release();
  threads.clear();
  EXPECT_EQ(found, 8);
  // Those who came after the first had its answer may have asked anew, but never two at a time.
  EXPECT_EQ(driver_.heads_at_once_max(), 1);
}

TEST_F(ExistenceTest, WhoWaitsForSomebodyElsesQuestionGivesUpAtItsOwnDeadline) {
  driver_.hold();
  std::jthread first([&] { static_cast<void>(existence_.ask(key_, soon())); });
  driver_.wait_for_held(1);
  EXPECT_EQ(existence_.ask(key_, clock_.steady_now()).error().code, Errc::timeout);
  driver_.release();
}

TEST_F(ExistenceTest, AnEvictedObjectIsNotSurelyPresent) {
  driver_.presence_when_absent = storage::Presence::absent;
  driver_.put(key_, {.size_bytes = 7});
  EXPECT_FALSE(existence_.surely_present(key_)) << "not seen yet";
  static_cast<void>(existence_.ask(key_, soon()));
  EXPECT_TRUE(existence_.surely_present(key_));
  driver_.remove(key_);
  EXPECT_FALSE(existence_.surely_present(key_));
}

}  // namespace
}  // namespace vc::gateway
