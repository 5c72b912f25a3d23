#include "core/random.hpp"

#include <gtest/gtest.h>

namespace vc {
namespace {

TEST(RandomBytes, HaveTheLengthAskedForAndDiffer) {
  EXPECT_TRUE(random_bytes(0).empty());
  EXPECT_EQ(random_bytes(1000).size(), 1000U);
  EXPECT_NE(random_bytes(32), random_bytes(32));
}

}  // namespace
}  // namespace vc
