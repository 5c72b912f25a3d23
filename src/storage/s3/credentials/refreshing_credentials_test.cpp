#include "storage/s3/credentials/refreshing_credentials.hpp"

#include "core/testing/fake_clock.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

// Gives what the test put into it; waits for that.
class ScriptedProvider final : public CredentialsProvider {
 public:
  std::string_view name() const override { return "the script"; }

  Result<Credentials> fetch(std::stop_token stop) override {
    std::unique_lock lock(mutex_);
    ++asked_;
    changed_.notify_all();
    if (!changed_.wait(lock, std::move(stop), [&] { return !answers_.empty(); })) {
      return fail(Errc::canceled, "canceled");
    }
    auto answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  void will_answer(Result<Credentials> answer) {
    const std::scoped_lock lock(mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_all();
  }

  // Blocks until it was asked that often; then it waits for its next answer, or has given it.
  void wait_until_asked(int times) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return asked_ >= times; });
  }

  int asked() {
    const std::scoped_lock lock(mutex_);
    return asked_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Result<Credentials>> answers_;
  int asked_ = 0;
};

class RefreshingCredentialsTest : public testing::Test {
 protected:
  RefreshingCredentials& source() {
    if (!source_) {
      source_.emplace(std::unique_ptr<CredentialsProvider>(provider_), clock_, log_, 0.0);
    }
    return *source_;
  }

  Credentials named(std::string id, std::chrono::milliseconds life) const {
    return {.access_key_id = std::move(id),
            .secret_access_key = "the-secret",
            .expires_at = clock_.now() + kCredentialsMargin + life};
  }

  std::string current_id() {
    const auto current = source().current();
    return current ? (*current)->access_key_id : current.error().message;
  }

  // The background thread takes what it got a moment after it got it.
  void wait_until_current(const std::string& id) {
    while (current_id() != id) {
      std::this_thread::yield();
    }
  }

  void start_with(std::string id, std::chrono::milliseconds life) {
    provider_->will_answer(named(std::move(id), life));
    source().wait_for_first({});
  }

  int logged(std::string_view words) const {
    int count = 0;
    for (const std::string& message : log_.messages()) {
      count += message.contains(words) ? 1 : 0;
    }
    return count;
  }

  static Error down(std::string message = "connect: no answer") {
    return {.code = Errc::unavailable, .message = std::move(message), .hint = "the remedy"};
  }

  FakeClock clock_;
  RecordingLog log_;
  ScriptedProvider* provider_ = new ScriptedProvider;  // The source's, once there is one.
  std::optional<RefreshingCredentials> source_;
};

TEST_F(RefreshingCredentialsTest, BeforeTheFirstFetchThereAreNoneAndNobodyWaits) {
  const auto current = source().current();
  ASSERT_FALSE(current);
  EXPECT_EQ(current.error().code, Errc::unavailable);
  EXPECT_NE(current.error().message.find("yet"), std::string::npos);
}

TEST_F(RefreshingCredentialsTest, WhyThereAreNoneIsPartOfTheError) {
  provider_->will_answer(std::unexpected(down()));
  source().wait_for_first({});
  const auto current = source().current();
  ASSERT_FALSE(current);
  EXPECT_NE(current.error().message.find("the script: connect: no answer"), std::string::npos)
      << current.error().message;
  EXPECT_EQ(current.error().hint, "the remedy");
  EXPECT_EQ(logged("no usable credentials"), 1);
}

TEST_F(RefreshingCredentialsTest, TheyAreFetchedOnceAndUsed) {
  start_with("first", 1h);
  EXPECT_EQ(current_id(), "first");
  clock_.advance(54min);
  EXPECT_EQ(current_id(), "first");
  EXPECT_EQ(provider_->asked(), 1);
}

TEST_F(RefreshingCredentialsTest, WhenTheirTimeComesNewOnesAreFetchedWhileTheOldServe) {
  start_with("first", 1h);
  clock_.advance(55min);
  EXPECT_EQ(current_id(), "first");
  provider_->wait_until_asked(2);
  EXPECT_EQ(current_id(), "first");
  provider_->will_answer(named("second", 1h));
  wait_until_current("second");
}

TEST_F(RefreshingCredentialsTest, OldOnesServeUntilTheirEndAndNotBeyond) {
  start_with("first", 1h);
  provider_->will_answer(std::unexpected(down()));
  clock_.advance(59min);
  EXPECT_EQ(current_id(), "first");
  provider_->wait_until_asked(2);
  while (logged("old ones are still good") == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(current_id(), "first");
  clock_.advance(1min);
  const auto current = source().current();
  ASSERT_FALSE(current);
  EXPECT_NE(current.error().message.find("expired"), std::string::npos) << current.error().message;
  EXPECT_NE(current.error().message.find("no answer"), std::string::npos);
  provider_->will_answer(named("late", 1h));
  wait_until_current("late");
}

// An outage of an hour is one line, not sixty; its end is another.
TEST_F(RefreshingCredentialsTest, AKindOfFailureIsLoggedOnce) {
  start_with("first", 24h);
  clock_.advance(23h + 55min);
  for (int attempt = 2; attempt < 6; ++attempt) {
    EXPECT_EQ(current_id(), "first");
    provider_->wait_until_asked(attempt);
    provider_->will_answer(std::unexpected(down("attempt " + std::to_string(attempt))));
    // The thread has taken the answer when it asks again; it sleeps until the clock says so.
    // A busy machine may take seconds to run it, and the old ones have 5 minutes of this clock
    // left.
    while (provider_->asked() == attempt && attempt < 5) {
      clock_.advance(20ms);
      ASSERT_EQ(current_id(), "first");
      std::this_thread::sleep_for(1ms);
    }
  }
  clock_.advance(10s);
  EXPECT_EQ(current_id(), "first");
  provider_->will_answer(named("second", 24h));
  while (current_id() != "second") {
    clock_.advance(10ms);
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_EQ(logged("still good"), 1);
  EXPECT_EQ(logged("renewed the"), 1);
}

TEST_F(RefreshingCredentialsTest, WhatHasExpiredIsNotTaken) {
  start_with("first", -1s);
  const auto current = source().current();
  ASSERT_FALSE(current);
  EXPECT_NE(current.error().message.find("expired"), std::string::npos) << current.error().message;
  EXPECT_NE(current.error().hint.find("clock"), std::string::npos);
}

TEST_F(RefreshingCredentialsTest, NothingThatIsLoggedIsSecret) {
  start_with("first", 1h);
  for (const std::string& message : log_.messages()) {
    EXPECT_EQ(message.find("the-secret"), std::string::npos);
  }
  EXPECT_EQ(logged("got credentials"), 1);
}

TEST_F(RefreshingCredentialsTest, ManyReadersSeeWholeCredentialsWhileTheyChange) {
  start_with("0", 1h);
  std::atomic<bool> done = false;
  std::atomic<int> torn = 0;
  std::vector<std::jthread> readers;
  readers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto current = source().current();
        torn += current && (*current)->secret_access_key == "the-secret" ? 0 : 1;
      }
    });
  }
  for (int round = 1; round < 20; ++round) {
    clock_.advance(56min);
    provider_->wait_until_asked(round + 1);
    provider_->will_answer(named(std::to_string(round), 1h));
    wait_until_current(std::to_string(round));
  }
  done = true;
  readers.clear();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(provider_->asked(), 20) << "one fetch for all readers";
}

TEST_F(RefreshingCredentialsTest, ItsEndDoesNotWaitForAnAnswer) {
  source();
  provider_->wait_until_asked(1);
  source_.reset();  // Would hang.
}

TEST_F(RefreshingCredentialsTest, WaitingForTheFirstOnesEndsWhenStopped) {
  std::stop_source stop;
  stop.request_stop();
  source().wait_for_first(stop.get_token());  // Would hang.
  EXPECT_FALSE(source().current());
}

}  // namespace
}  // namespace vc::storage
