#include "driver_contract.hpp"

#include "core/temp_dir.hpp"
#include "storage/local_driver.hpp"

#include <filesystem>

namespace vc::storage {
namespace {

class LocalStore final : public StoreUnderTest {
 public:
  LocalStore(const Clock& clock, std::uint64_t object_bytes_max)
      : clock_(clock), object_bytes_max_(object_bytes_max) {
    reopen();
  }

  // Whatever a test did, no upload may be left over.
  ~LocalStore() override { EXPECT_TRUE(fs::is_empty(directory_.path() / "root" / "staging")); }

  LocalStore(const LocalStore&) = delete;
  LocalStore& operator=(const LocalStore&) = delete;
  LocalStore(LocalStore&&) = delete;
  LocalStore& operator=(LocalStore&&) = delete;

  Driver& driver() override { return *driver_; }

  void reopen() override {
    driver_.reset();
    auto driver = LocalDriver::create(
        {.root = directory_.path() / "root", .object_bytes_max = object_bytes_max_}, clock_, log_);
    ASSERT_TRUE(driver) << driver.error().message;
    driver_ = *std::move(driver);
  }

 private:
  const Clock& clock_;
  std::uint64_t object_bytes_max_;
  NullLog log_;
  TempDir directory_ = *TempDir::create();
  std::unique_ptr<LocalDriver> driver_;
};

INSTANTIATE_TEST_SUITE_P(Local, DriverContract,
                         testing::Values(DriverUnderTest{
                             .name = "local",
                             .make = [](const Clock& clock, std::uint64_t object_bytes_max) {
                               return std::make_unique<LocalStore>(clock, object_bytes_max);
                             }}));

}  // namespace
}  // namespace vc::storage
