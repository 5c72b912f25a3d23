#include "core/result.hpp"

#include "core/assert.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>

namespace vc {
namespace {

TEST(ErrnoError, AFullDiskIsNoSpaceWithAHint) {
  for (const int number : {ENOSPC, EDQUOT}) {
    const Error error = errno_error("write /x", number);
    EXPECT_EQ(error.code, Errc::no_space);
    EXPECT_TRUE(error.message.starts_with("write /x: ")) << error.message;
    EXPECT_NE(error.hint, "");
  }
}

// A file that our process may not read must not look like a request that may not be made.
TEST(ErrnoError, AForbiddenFileIsIoNotDenied) {
  EXPECT_EQ(errno_error("open /x", EACCES).code, Errc::io);
  EXPECT_EQ(errno_error("open /x", EPERM).code, Errc::io);
}

TEST(ErrnoError, CodesThatCallersBranchOn) {
  EXPECT_EQ(errno_error("x", ENOENT).code, Errc::not_found);
  EXPECT_EQ(errno_error("x", EEXIST).code, Errc::conflict);
  EXPECT_EQ(errno_error("x", ECONNREFUSED).code, Errc::unavailable);
  EXPECT_EQ(errno_error("x", ETIMEDOUT).code, Errc::timeout);
  // Not absence: what is there is not what it should be.
  EXPECT_EQ(errno_error("x", ENOTDIR).code, Errc::io);
  EXPECT_EQ(errno_error("x", EIO).code, Errc::io);
}

TEST(ErrnoError, TakesTheCurrentErrno) {
  errno = ENOENT;
  EXPECT_EQ(errno_error("open /x").message, "open /x: No such file or directory");
}

TEST(Error, ContextIsPutInFront) {
  const Error error =
      Error{.code = Errc::timeout, .message = "b"}.within("a").with_hint("try again");
  EXPECT_EQ(error.code, Errc::timeout);
  EXPECT_EQ(error.message, "a: b");
  EXPECT_EQ(error.hint, "try again");
}

Result<std::unique_ptr<int>> boxed(int value) {
  if (value < 0) {
    return fail(Errc::invalid, "negative", "use a positive number");
  }
  return std::make_unique<int>(value);
}

Result<int> sum(int a, int b) {
  VC_TRY(const auto first, boxed(a));
  VC_TRY(const auto second, boxed(b));
  VC_CHECK(boxed(*first + *second));
  return *first + *second;
}

TEST(Try, PassesValuesOnAndErrorsUp) {
  EXPECT_EQ(sum(1, 2), 3);
  EXPECT_EQ(sum(1, -2).error().message, "negative");
  EXPECT_EQ(sum(1, -2).error().hint, "use a positive number");
}

TEST(AssertDeathTest, SaysWhereInEveryBuildType) {
  EXPECT_DEATH(VC_ASSERT(1 + 1 == 3), "result_test.cpp:[0-9]+: broken invariant: 1 \\+ 1 == 3");
}

}  // namespace
}  // namespace vc
