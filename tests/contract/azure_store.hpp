// AzureStore: part of a container of a real Azurite that is shared by all tests of the process.
#pragma once

#include "driver_contract.hpp"
#include "store_server.hpp"

#include "core/random.hpp"
#include "storage/azure/azure_driver.hpp"

#include <memory>
#include <string>
#include <utility>

namespace vc::storage {

inline constexpr const char* kAzurite = "azurite.py";

class AzureStore final : public StoreUnderTest {
 public:
  explicit AzureStore(std::uint64_t object_bytes_max = kBlobBytesMax)
      : object_bytes_max_(object_bytes_max) {
    reopen();
  }

  Driver& driver() override { return *driver_; }

  void reopen() override { driver_ = another_handle(); }

  // As a second replica of the gateway has one.
  std::unique_ptr<AzureDriver> another_handle() { return handle(options(), clock_); }

  AzureOptions options() const {
    const auto& server = *tests::StoreServer::shared(kAzurite);
    return {.address = {.url = server["endpoint"],
                        .account = server["account"],
                        .container = "contract"},
            .account_key = server["key"],
            .prefix = prefix_,
            .object_bytes_max = object_bytes_max_};
  }

  std::unique_ptr<AzureDriver> handle(const AzureOptions& options, const Clock& clock) {
    auto driver = AzureDriver::create(options, net::make_http_client({.idle_connections_max = 128}),
                                      clock, log_);
    EXPECT_TRUE(driver) << driver.error().message;
    (*driver)->wait_for_first_probe();
    return *std::move(driver);
  }

 private:
  SystemClock clock_;  // The store has a clock of its own, which no test can move.
  NullLog log_;
  std::uint64_t object_bytes_max_;
  std::string prefix_ = hex_encode(random_bytes(8));
  std::unique_ptr<AzureDriver> driver_;
};

}  // namespace vc::storage
