// S3Store: part of a bucket of a real S3 store that is shared by all tests of the process.
#pragma once

#include "driver_contract.hpp"
#include "store_server.hpp"

#include "core/random.hpp"
#include "storage/s3/s3_driver.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace vc::storage {

class S3Store final : public StoreUnderTest {
 public:
  // `program` is one of tests/servers.
  explicit S3Store(std::string program, std::uint64_t object_bytes_max = kS3ObjectBytesMax,
                   std::chrono::seconds touch_after = {})
      : program_(std::move(program)),
        object_bytes_max_(object_bytes_max),
        touch_after_(touch_after) {
    reopen();
  }

  Driver& driver() override { return *driver_; }

  void reopen() override { driver_ = another_handle(); }

  // As a second replica of the gateway has one.
  std::unique_ptr<S3Driver> another_handle() {
    const auto& server = *tests::StoreServer::shared(program_);
    auto driver = S3Driver::create(
        {.address = {.url = server["endpoint"], .bucket = "contract"},
         .prefix = prefix_,
         .touch_after = touch_after_,
         .object_bytes_max = object_bytes_max_},
        {.http = net::make_http_client({.idle_connections_max = 128}),
         .credentials = std::make_unique<StaticCredentials>(Credentials{
             .access_key_id = server["access_key"], .secret_access_key = server["secret_key"]})},
        clock_, log_);
    EXPECT_TRUE(driver) << driver.error().message;
    (*driver)->wait_for_first_probe();
    return *std::move(driver);
  }

 private:
  SystemClock clock_;  // The store has a clock of its own, which no test can move.
  NullLog log_;
  std::string program_;
  std::uint64_t object_bytes_max_;
  std::chrono::seconds touch_after_;
  std::string prefix_ = hex_encode(random_bytes(8));
  std::unique_ptr<S3Driver> driver_;
};

}  // namespace vc::storage
