#include "core/content_md5.hpp"

#include "core/fd.hpp"
#include "core/files.hpp"

#include <gtest/gtest.h>

#include <sys/mman.h>

#include <string>

namespace vc {
namespace {

UniqueFd file_with(std::string_view content) {
  UniqueFd file(::memfd_create("md5", MFD_CLOEXEC));
  EXPECT_TRUE(write_all(file.get(), as_bytes(content)));
  return file;
}

// RFC 1321 section A.5.
TEST(ContentMd5, IsThatOfTheRfc) {
  EXPECT_EQ(content_md5(file_with("").get(), 0, 0).value(), "1B2M2Y8AsgTpgAmY7PhCfg==");
  EXPECT_EQ(content_md5(file_with("message digest").get(), 0, 14).value(),
            "+WtpfXy3k41SWi8xqvFh0A==");
}

TEST(ContentMd5, IsOfTheNamedPartOnly) {
  EXPECT_EQ(content_md5(file_with("> message digest <").get(), 2, 14).value(),
            "+WtpfXy3k41SWi8xqvFh0A==");
  const std::string large(200'000, 'x');
  EXPECT_EQ(content_md5(file_with("ab" + large).get(), 2, large.size()).value(),
            content_md5(file_with(large).get(), 0, large.size()).value());
}

TEST(ContentMd5, OfAFileThatIsShorterIsAnError) {
  EXPECT_EQ(content_md5(file_with("abc").get(), 0, 4).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace vc
