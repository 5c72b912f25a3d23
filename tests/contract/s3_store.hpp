// S3Store: part of a bucket of the shared Ceph RGW, for one test.
#pragma once

#include "ceph_rgw.hpp"
#include "driver_contract.hpp"

#include "core/random.hpp"
#include "storage/s3/s3_driver.hpp"

#include <memory>
#include <string>

namespace vc::storage {

class S3Store final : public StoreUnderTest {
 public:
  explicit S3Store(std::uint64_t object_bytes_max = kS3ObjectBytesMax)
      : object_bytes_max_(object_bytes_max) {
    reopen();
  }

  Driver& driver() override { return *driver_; }

  void reopen() override { driver_ = another_handle(); }

  // As a second replica of the gateway has one.
  std::unique_ptr<S3Driver> another_handle() {
    const auto& rgw = tests::CephRgw::shared();
    EXPECT_TRUE(rgw) << rgw.error().message;
    if (!rgw) {
      return nullptr;
    }
    auto driver = S3Driver::create(
        {.address = {.url = rgw->endpoint(), .bucket = "contract"},
         .prefix = prefix_,
         .object_bytes_max = object_bytes_max_},
        {.http = net::make_http_client({.idle_connections_max = 128}),
         .credentials = std::make_unique<StaticCredentials>(Credentials{
             .access_key_id = rgw->access_key(), .secret_access_key = rgw->secret_key()})},
        clock_, log_);
    EXPECT_TRUE(driver) << driver.error().message;
    (*driver)->wait_for_first_probe();
    return *std::move(driver);
  }

 private:
  SystemClock clock_;  // The store has a clock of its own, which no test can move.
  NullLog log_;
  std::uint64_t object_bytes_max_;
  std::string prefix_ = hex_encode(random_bytes(8));
  std::unique_ptr<S3Driver> driver_;
};

}  // namespace vc::storage
