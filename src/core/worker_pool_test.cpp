#include "core/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>

namespace vc {
namespace {

TEST(WorkerPool, RunsEverythingOnce) {
  std::atomic<int> ran = 0;
  WorkerPool pool(4, 8);
  for (int i = 0; i < 1000; ++i) {
    pool.submit([&] { ++ran; });
  }
  pool.wait_idle();
  EXPECT_EQ(ran, 1000);
}

// N waiting are accepted, N + 1 are not, and what was refused never runs.
TEST(WorkerPool, AFullQueueRefusesAtOnce) {
  std::latch started(1);
  std::latch go_on(1);
  std::atomic<int> ran = 0;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.try_submit([&] {
    started.count_down();
    go_on.wait();
  }));
  started.wait();
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_FALSE(pool.try_submit([&] { ran += 100; }));
  go_on.count_down();
  pool.wait_idle();
  EXPECT_EQ(ran, 2);
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  pool.wait_idle();
  EXPECT_EQ(ran, 3);
}

TEST(WorkerPool, SubmitWaitsForRoom) {
  std::atomic<int> ran = 0;
  WorkerPool pool(1, 1);
  std::vector<std::jthread> producers;
  producers.reserve(4);
  for (int i = 0; i < 4; ++i) {
    producers.emplace_back([&] {
      for (int j = 0; j < 100; ++j) {
        pool.submit([&] { ++ran; });
      }
    });
  }
  producers.clear();
  pool.wait_idle();
  EXPECT_EQ(ran, 400);
}

TEST(WorkerPool, ThreadsRunAtTheSameTime) {
  std::latch all_there(4);
  WorkerPool pool(4, 4);
  for (int i = 0; i < 4; ++i) {
    pool.submit([&] { all_there.arrive_and_wait(); });
  }
  pool.wait_idle();
}

TEST(WorkerPool, TheDestructorRunsWhatIsQueued) {
  std::latch go_on(1);
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(2, 100);
    pool.submit([&] { go_on.wait(); });
    for (int i = 0; i < 50; ++i) {
      pool.submit([&] { ++ran; });
    }
    go_on.count_down();
  }
  EXPECT_EQ(ran, 50);
}

TEST(WorkerPool, WorkMayQueueMoreWork) {
  std::atomic<int> ran = 0;
  WorkerPool pool(2, 10);
  pool.submit([&] {
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
    }
  });
  pool.wait_idle();
  EXPECT_EQ(ran, 5);
}

// Descriptors and buffers that work captured must not linger in an idle worker.
TEST(WorkerPool, WhatWorkCapturedIsGoneWhenIdle) {
  const auto token = std::make_shared<int>(0);
  WorkerPool pool(1, 1);
  pool.submit([token] { EXPECT_GT(token.use_count(), 1); });
  pool.wait_idle();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(WorkerPool, WaitIdleOnAnUnusedPoolReturns) {
  WorkerPool pool(2, 2);
  pool.wait_idle();
}

// Swallowed, it would leave whoever waits for that work waiting for ever.
TEST(WorkerPoolDeathTest, AnExceptionOutOfWorkEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        WorkerPool pool(1, 1);
        pool.submit([] { throw std::runtime_error("escaped"); });
        pool.wait_idle();
      },
      "escaped");
}

}  // namespace
}  // namespace vc
