#include "storage/azure/shared_access.hpp"

#include "core/testing/fake_clock.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

// The bytes 0 to 63.
constexpr std::string_view kKey =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

ContainerEndpoint azure() {
  return *ContainerEndpoint::create({.account = "velocity", .container = "cache"});
}

ContainerEndpoint emulator() {
  return *ContainerEndpoint::create(
      {.url = "http://127.0.0.1:10000/devacct1", .account = "devacct1", .container = "cache"});
}

// 2027-01-15T08:00:00Z; what is not a whole second is dropped.
const TimePoint kExpiry = FakeClock().now() + 999ms;

// The golden values of this file are those of another implementation of HMAC-SHA256 (Python's) over
// the fields of the reference, put together by hand.
TEST(SharedAccess, AServiceSasSignsTheSixteenFieldsOfItsVersion) {
  EXPECT_EQ(
      service_sas_string_to_sign(azure(), "team/v1/default/-/velocity/ab/abcd", kMayRead, kExpiry),
      "r\n\n2027-01-15T08:00:00Z\n"
      "/blob/velocity/cache/team/v1/default/-/velocity/ab/abcd\n"
      "\n\nhttps\n2023-11-03\nb\n\n\n\n\n\n\n");
  EXPECT_EQ(service_sas_string_to_sign(emulator(), "a b/c+d~", kMayCreate, kExpiry),
            "c\n\n2027-01-15T08:00:00Z\n/blob/devacct1/cache/a b/c+d~\n"
            "\n\nhttps,http\n2023-11-03\nb\n\n\n\n\n\n\n");
}

TEST(SharedAccess, AnAccountSasSignsTheTenFieldsOfItsVersion) {
  EXPECT_EQ(account_sas_string_to_sign(azure(), kExpiry),
            "velocity\nc\nb\nc\n\n2027-01-15T08:00:00Z\n\nhttps\n2023-11-03\n\n");
}

TEST(SharedAccess, ABlobsUrlIsTheGoldenOne) {
  const auto access = SharedAccess::create(kKey);
  ASSERT_TRUE(access);
  EXPECT_EQ(access->blob_url(azure(), "team/v1/default/-/velocity/ab/abcd", kMayRead, kExpiry),
            "https://velocity.blob.core.windows.net/cache/team/v1/default/-/velocity/ab/abcd"
            "?se=2027-01-15T08%3A00%3A00Z&sig=snHy9owIecrTyNFzSj9yzqZH8tJW9Thi7sgz7umQYrU%3D"
            "&sp=r&spr=https&sr=b&sv=2023-11-03");
  EXPECT_EQ(access->blob_url(emulator(), "a b/c+d~", kMayCreate, kExpiry),
            "http://127.0.0.1:10000/devacct1/cache/a%20b/c%2Bd~"
            "?se=2027-01-15T08%3A00%3A00Z&sig=EjmM1NWyFewqEDbASLNy73EzQhxU1Xr3rRRnFOBVyHo%3D"
            "&sp=c&spr=https%2Chttp&sr=b&sv=2023-11-03");
}

TEST(SharedAccess, TheContainersUrlIsTheGoldenOne) {
  EXPECT_EQ(SharedAccess::create(kKey)->container_url(azure(), kExpiry),
            "https://velocity.blob.core.windows.net/cache?restype=container"
            "&se=2027-01-15T08%3A00%3A00Z&sig=tLDFwJTgCLPgyzbPnhRRMqK66fYneZNpyqHtFSWKZtw%3D"
            "&sp=c&spr=https&srt=c&ss=b&sv=2023-11-03");
}

TEST(SharedAccess, AKeyIsBase64) {
  for (const std::string& key :
       {std::string(), std::string("not base64"), std::string("YQ"), std::string(1000, 'A')}) {
    const auto access = SharedAccess::create(key);
    ASSERT_FALSE(access) << key;
    EXPECT_EQ(access.error().code, Errc::invalid);
    EXPECT_EQ(access.error().message.find("not base64 "), std::string::npos) << "the key itself";
  }
}

}  // namespace
}  // namespace vc::storage
