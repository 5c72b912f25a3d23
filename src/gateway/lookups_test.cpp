#include "gateway/lookups.hpp"

#include "gateway/testing/scripted_driver.hpp"
#include "gateway/testing/test_keys.hpp"

#include <gtest/gtest.h>

#include <future>

namespace vc::gateway {
namespace {

constexpr LookupLimits kPatient{.threads = 4, .queue_max = 64, .patience = std::chrono::hours(1)};

class LookupsTest : public testing::Test {
 protected:
  std::future<std::vector<Answer>> ask(Lookups& lookups, std::vector<wire::ObjectKey> keys) {
    std::promise<std::vector<Answer>> promise;
    auto future = promise.get_future();
    lookups.ask(std::move(keys),
                [promise = std::move(promise)](std::vector<Answer> answers) mutable {
                  promise.set_value(std::move(answers));
                });
    return future;
  }

  SystemClock clock_;
  NullLog log_;
  Metrics metrics_{"scripted"};
  ScriptedDriver driver_;
  Existence existence_{driver_, clock_, log_, metrics_};
};

TEST_F(LookupsTest, AnswersComeInTheOrderOfTheKeys) {
  Lookups lookups(existence_, clock_, kPatient);
  std::vector<wire::ObjectKey> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back(key_of(i));
    if (i % 2 == 0) {
      driver_.put(key_of(i), {.size_bytes = static_cast<std::uint64_t>(i)});
    }
  }
  driver_.fail_head(key_of(7), Errc::unavailable);
  const auto answers = ask(lookups, keys).get();
  ASSERT_EQ(answers.size(), 100);
  EXPECT_EQ((*answers[42])->size_bytes, 42);
  EXPECT_EQ(*answers[43], nullptr);
  EXPECT_EQ(answers[7].error().code, Errc::unavailable);
  EXPECT_EQ(driver_.heads(), 100);
}

TEST_F(LookupsTest, OneRoundAsksSeveralAtOnceButNoMoreThanItsShare) {
  Lookups lookups(existence_, clock_, {.threads = 32, .patience = std::chrono::hours(1)});
  driver_.hold();
  std::vector<wire::ObjectKey> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back(key_of(i));
  }
  auto future = ask(lookups, keys);
  driver_.wait_for_held(Lookups::kThreadsPerRoundMax);
  driver_.release();
  EXPECT_EQ(future.get().size(), 100);
  EXPECT_LE(driver_.heads_at_once_max(), Lookups::kThreadsPerRoundMax);
}

TEST_F(LookupsTest, AStoreThatHangsIsATimeoutAndWhatCameInTimeStands) {
  Lookups lookups(existence_, clock_,
                  {.threads = 1, .queue_max = 8, .patience = std::chrono::milliseconds(50)});
  driver_.hold();
  const auto answers = ask(lookups, {key_of(1), key_of(2)}).get();
  ASSERT_EQ(answers.size(), 2);
  EXPECT_EQ(answers[0].error().code, Errc::timeout);
  EXPECT_EQ(answers[1].error().code, Errc::timeout);
  driver_.release();
}

TEST_F(LookupsTest, AFullQueueIsOverloadedAtOnce) {
  Lookups lookups(existence_, clock_,
                  {.threads = 1, .queue_max = 1, .patience = std::chrono::hours(1)});
  driver_.hold();
  auto running = ask(lookups, {key_of(1)});
  driver_.wait_for_held(1);
  auto queued = ask(lookups, {key_of(2)});
  const auto refused = ask(lookups, {key_of(3), key_of(4)}).get();
  ASSERT_EQ(refused.size(), 2);
  EXPECT_EQ(refused[0].error().code, Errc::overloaded);
  EXPECT_EQ(refused[1].error().code, Errc::overloaded);
  driver_.release();
  EXPECT_TRUE(running.get()[0].has_value());
  EXPECT_TRUE(queued.get()[0].has_value());
}

TEST_F(LookupsTest, EveryRoundIsAnsweredBeforeTheEnd) {
  std::vector<std::future<std::vector<Answer>>> futures;
  {
    Lookups lookups(existence_, clock_, kPatient);
    for (int i = 0; i < 20; ++i) {
      futures.push_back(ask(lookups, {key_of(i)}));
    }
  }
  for (auto& future : futures) {
    EXPECT_TRUE(future.get()[0].has_value());
  }
}

}  // namespace
}  // namespace vc::gateway
