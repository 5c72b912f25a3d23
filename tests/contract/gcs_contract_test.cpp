// Google Cloud Storage as far as an emulator goes: behind a gate that checks signatures and
// conditions (gcs_front.py), and on its own, where it is a store that ignores the condition.
#include "s3_store.hpp"

#include "storage/testing/artifacts.hpp"

namespace vc::storage {
namespace {

const StoreProgram kGuarded{.program = "fake_gcs.py", .dialect = kGcsDialect};
const StoreProgram kEmulatorAlone{.program = "fake_gcs.py",
                                  .dialect = kGcsDialect,
                                  .endpoint = "emulator",
                                  .conditional = ConditionPolicy::automatic};

DriverUnderTest emulator_alone() {
  DriverUnderTest under_test = driver_on("fake-gcs-server alone", kEmulatorAlone);
  under_test.overwrites_in_races = true;
  under_test.tickets_bind_no_headers = true;  // It verifies no signature.
  return under_test;
}

INSTANTIATE_TEST_SUITE_P(Gcs, DriverContract,
                         testing::Values(driver_on("fake-gcs-server, guarded", kGuarded)));
INSTANTIATE_TEST_SUITE_P(GcsEmulatorAlone, DriverContract, testing::Values(emulator_alone()));

// With a parameter like the other suites, so that one process runs all instances called Gcs.
class GcsTest : public testing::TestWithParam<StoreProgram> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam().program);
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    server_ = &*server;
  }

  const tests::StoreServer* server_ = nullptr;
};

// What documentation promises is not believed: a store that overwrites gets no uploads.
TEST_P(GcsTest, TheProbeFindsAnEmulatorOutThatIgnoresTheCondition) {
  StoreProgram program = kEmulatorAlone;
  program.conditional = ConditionPolicy::require;
  S3Store store(program);
  const auto ready = store.driver().check();
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message.find("conditional writes are ignored"), std::string::npos)
      << ready.error().message;
  EXPECT_FALSE(store.driver().sign_put(key_of("a"), {.size_bytes = 4}, std::chrono::minutes(1)));
}

TEST_P(GcsTest, AnHmacKeySignsAsWellAsAServiceAccount) {
  S3Store store_under_test(GetParam());
  const auto driver =
      store_under_test.handle_of({.credentials = {.access_key_id = (*server_)["hmac_id"],
                                                  .secret_access_key = (*server_)["hmac_secret"]}});
  EXPECT_TRUE(driver->check());
  EXPECT_EQ(*store(*driver, key_of("a"), "body"), Stored::created);
  EXPECT_EQ(*store(store_under_test.driver(), key_of("a"), "other"), Stored::exists);
  EXPECT_EQ(fetch(store_under_test.driver(), key_of("a")), "body");

  const auto wrong = store_under_test.handle_of(
      {.credentials = {.access_key_id = (*server_)["hmac_id"], .secret_access_key = "wrong"}});
  const auto ready = wrong->check();
  ASSERT_FALSE(ready);
  EXPECT_EQ(ready.error().code, Errc::denied);
}

INSTANTIATE_TEST_SUITE_P(Gcs, GcsTest, testing::Values(kGuarded));

}  // namespace
}  // namespace vc::storage
