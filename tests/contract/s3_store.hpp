// S3Store: part of a bucket of a real store that is shared by all tests of the process: S3, or
// Google Cloud Storage in its dialect.
#pragma once

#include "driver_contract.hpp"
#include "store_server.hpp"

#include "core/random.hpp"
#include "core/testing/rsa_test_keys.hpp"
#include "storage/gcs/gcs_dialect.hpp"
#include "storage/gcs/rsa_signing.hpp"
#include "storage/gcs/service_account.hpp"
#include "storage/s3/s3_driver.hpp"

#include <chrono>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

namespace vc::storage {

// A program of tests/servers, and how to speak to it.
struct StoreProgram {
  std::string program;
  StoreDialect dialect = kS3Dialect;
  std::string endpoint = "endpoint";  // Which of those that it names.
  ConditionPolicy conditional = ConditionPolicy::require;
};

inline void PrintTo(const StoreProgram& program, std::ostream* out) {
  *out << program.program;
}

struct Identity {
  Credentials credentials;
  std::shared_ptr<const SigningMethod> signing = std::make_shared<HmacSigning>();
};

// Whom the store knows: a service account where it has given one, an access key elsewhere.
inline Identity identity_of(const tests::StoreServer& server) {
  if (server["key_file"].empty()) {
    return {.credentials = {.access_key_id = server["access_key"],
                            .secret_access_key = server["secret_key"]}};
  }
  const auto account = read_service_account(server["key_file"]);
  EXPECT_TRUE(account) << account.error().message;
  return {.credentials = {.access_key_id = account->client_email},
          .signing = std::make_shared<RsaSigning>(account->key)};
}

// The same name with another key.
inline Identity impostor_of(const tests::StoreServer& server) {
  Identity identity = identity_of(server);
  identity.credentials.secret_access_key = "not the secret";
  if (identity.signing->name() == "RSA-SHA256") {
    identity.signing = std::make_shared<RsaSigning>(*RsaKey::parse(kRsaTestKey));
  }
  return identity;
}

class S3Store final : public StoreUnderTest {
 public:
  explicit S3Store(StoreProgram program, std::uint64_t object_bytes_max = kS3ObjectBytesMax,
                   std::chrono::seconds touch_after = {})
      : program_(std::move(program)),
        object_bytes_max_(object_bytes_max),
        touch_after_(touch_after) {
    reopen();
  }

  Driver& driver() override { return *driver_; }

  void reopen() override { driver_ = another_handle(); }

  // As a second replica of the gateway has one.
  std::unique_ptr<S3Driver> another_handle() { return handle_of(identity_of(server())); }

  std::unique_ptr<S3Driver> handle_of(Identity identity) {
    auto driver = S3Driver::create(
        {.dialect = program_.dialect,
         .address = {.url = server()[program_.endpoint], .bucket = "contract"},
         .prefix = prefix_,
         .conditional = program_.conditional,
         .touch_after = touch_after_,
         .object_bytes_max = object_bytes_max_},
        {.http = net::make_http_client({.idle_connections_max = 128}),
         .credentials = std::make_unique<StaticCredentials>(std::move(identity.credentials)),
         .signing = std::move(identity.signing)},
        clock_, log_);
    EXPECT_TRUE(driver) << driver.error().message;
    (*driver)->wait_for_first_probe();
    return *std::move(driver);
  }

  const StoreDialect& dialect() const { return program_.dialect; }

 private:
  const tests::StoreServer& server() const { return *tests::StoreServer::shared(program_.program); }

  SystemClock clock_;  // The store has a clock of its own, which no test can move.
  NullLog log_;
  StoreProgram program_;
  std::uint64_t object_bytes_max_;
  std::chrono::seconds touch_after_;
  std::string prefix_ = hex_encode(random_bytes(8));
  std::unique_ptr<S3Driver> driver_;
};

// Runs the contract over a store.
inline DriverUnderTest driver_on(std::string name, StoreProgram program) {
  return {.name = std::move(name),
          .make =
              [program](const Clock&, std::uint64_t object_bytes_max) {
                return std::make_unique<S3Store>(program, object_bytes_max);
              },
          .server = program.program};
}

}  // namespace vc::storage
