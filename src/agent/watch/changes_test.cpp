#include "agent/watch/changes.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <sys/eventfd.h>

#include <fstream>
#include <thread>

namespace vc::agent {
namespace {

struct ChangesTest : testing::Test {
  TempDir directory = TempDir::create().value();
  UniqueFd wake{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  Changes changes{[] {}};

  void SetUp() override {
    ASSERT_EQ(changes.follow(directory.path(), [](auto) { return false; }), "");
  }

  void write(const std::string& name) const { std::ofstream(directory.path() / name) << "x"; }
};

TEST_F(ChangesTest, ManyChangesInARowAreOne) {
  for (int i = 0; i < 5000; ++i) {
    write(std::to_string(i));
  }
  EXPECT_TRUE(changes.wait(wake.get()));
  EXPECT_FALSE(changes.has_pending());
}

TEST_F(ChangesTest, WhatCameBeforeTheWaitIsToldByIt) {
  EXPECT_FALSE(changes.has_pending());
  write("a");
  EXPECT_TRUE(changes.has_pending());
  EXPECT_TRUE(changes.has_pending()) << "until somebody waits";
  EXPECT_TRUE(changes.wait(wake.get()));
  EXPECT_FALSE(changes.has_pending());
}

TEST_F(ChangesTest, AWakingEndsTheWait) {
  std::jthread waker([&] { ::eventfd_write(wake.get(), 1); });
  EXPECT_FALSE(changes.wait(wake.get()));
}

TEST(Changes, WithoutTheKernelEverySecondMayBeAChange) {
  const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  Changes changes([] {});
  EXPECT_EQ(changes.directories(), 0U);
  EXPECT_TRUE(changes.has_pending());
  EXPECT_TRUE(changes.wait(wake.get()));
}

}  // namespace
}  // namespace vc::agent
