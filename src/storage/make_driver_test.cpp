#include "storage/make_driver.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

namespace vc::storage {
namespace {

class MakeDriverTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Driver>> make(std::string driver) {
    return make_driver({.driver = std::move(driver), .local = {.root = directory_.path() / "root"}},
                       clock_, log_);
  }

  TempDir directory_ = *TempDir::create();
  FakeClock clock_;
  NullLog log_;
};

TEST_F(MakeDriverTest, MakesTheDriverOfThatName) {
  for (const std::string_view name : {"local", "memory"}) {
    const auto driver = make(std::string(name));
    ASSERT_TRUE(driver) << driver.error().message;
    EXPECT_EQ((*driver)->name(), name);
    EXPECT_NE((*driver)->url_signer(), nullptr);
    EXPECT_TRUE((*driver)->seal_key());
  }
}

TEST_F(MakeDriverTest, AnUnknownNameIsAnErrorThatNamesTheKnownOnes) {
  for (const std::string_view name : {"", "Local", "disk"}) {
    const auto driver = make(std::string(name));
    ASSERT_FALSE(driver);
    EXPECT_EQ(driver.error().code, Errc::invalid);
    EXPECT_NE(driver.error().hint.find("local, memory, s3, gcs, azure"), std::string::npos);
  }
}

}  // namespace
}  // namespace vc::storage
