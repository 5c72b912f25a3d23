// VC_S3_TOUCH_AFTER against real stores: what is used gets younger and stays what it is.
#include "s3_store.hpp"

#include "net/http_client.hpp"
#include "storage/testing/artifacts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

const std::string kTouchedMetadata = "eyJhIjoxfQ";

class S3TouchTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam());
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    store_ = std::make_unique<S3Store>(StoreProgram{.program = GetParam()}, kS3ObjectBytesMax, 1s);
  }

  std::string last_modified() {
    net::ClientRequest request;
    request.url = store_->driver().sign_get(key_of("a"), 15min)->url;
    const auto response = http_->send(request);
    EXPECT_TRUE(response && response->status == 200);
    return response ? std::string(response->headers.find("Last-Modified").value_or("")) : "";
  }

  std::unique_ptr<S3Store> store_;
  std::unique_ptr<net::HttpClient> http_ = net::make_http_client();
};

TEST_P(S3TouchTest, AnOldArtifactThatIsAskedForIsMadeYoungerAndStaysWhatItIs) {
  Driver& driver = store_->driver();
  ASSERT_EQ(*store(driver, key_of("a"), "body", kTouchedMetadata), Stored::created);
  const std::string written = last_modified();
  std::string touched = written;
  const auto patience = std::chrono::steady_clock::now() + 20s;
  while (touched == written && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(100ms);  // The store's clock cannot be moved.
    ASSERT_TRUE(has(driver, key_of("a")));
    touched = last_modified();
  }
  EXPECT_NE(touched, written);
  EXPECT_EQ(fetch(driver, key_of("a")), "body");
  EXPECT_EQ((*driver.head(key_of("a"), Deadline::max()))->vcmeta, kTouchedMetadata);
  EXPECT_EQ(*store(driver, key_of("a"), "other"), Stored::exists);
}

INSTANTIATE_TEST_SUITE_P(CephRgw, S3TouchTest, testing::Values("ceph_rgw.py"));
INSTANTIATE_TEST_SUITE_P(Minio, S3TouchTest, testing::Values("minio.py"));

}  // namespace
}  // namespace vc::storage
