// What `velocity-server doctor` says of lifecycle rules, on real stores.
#include "s3_store.hpp"

#include "core/content_md5.hpp"
#include "core/files.hpp"
#include "storage/examination.hpp"
#include "storage/file_spool.hpp"
#include "storage/s3/s3_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace vc::storage {
namespace {

class S3RetentionTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const auto& server = tests::StoreServer::shared(GetParam());
    if (!server && server.error().code == Errc::not_found) {
      GTEST_SKIP() << server.error().message;
    }
    ASSERT_TRUE(server) << server.error().message;
    store_ = std::make_unique<S3Store>(StoreProgram{.program = GetParam()});
  }

  // An operator's request, which the driver never makes.
  int set_rules(const std::string& rules) {
    const auto& server = *tests::StoreServer::shared(GetParam());
    const std::string body = "<LifecycleConfiguration>" + rules + "</LifecycleConfiguration>";
    const UniqueFd file = *nameless_file();
    EXPECT_TRUE(write_all(file.get(), as_bytes(body)));
    const SystemClock clock;
    const S3Signer signer(
        Presigner(kAws4, "us-east-1"),
        std::make_unique<StaticCredentials>(Credentials{.access_key_id = server["access_key"],
                                                        .secret_access_key = server["secret_key"]}),
        clock);
    const auto endpoint = S3Endpoint::create({.url = server["endpoint"], .bucket = "contract"});
    const auto http = net::make_http_client();
    const S3Client client(*http, signer, *endpoint, kS3Dialect);
    const auto response =
        client.send({.method = "PUT",
                     .object = "",
                     .query = {{"lifecycle", ""}},
                     .headers = {{"Content-MD5", content_md5(file.get(), 0, body.size()).value()}}},
                    {.body = body});
    EXPECT_TRUE(response) << response.error().message;
    return response ? response->status : 0;
  }

  std::string retention_finding() {
    const auto findings = examine(store_->driver());
    const auto found = std::ranges::find(findings, "retention", &Finding::subject);
    return found == findings.end() ? "" : found->text;
  }

  std::unique_ptr<S3Store> store_;
};

TEST_P(S3RetentionTest, TheRulesOfTheBucketAreReadAndTold) {
  EXPECT_EQ(retention_finding(), "nothing removes old artifacts: the store grows for ever");
  EXPECT_EQ(set_rules("<Rule><ID>cache</ID><Filter><Prefix></Prefix></Filter>"
                      "<Status>Enabled</Status><Expiration><Days>14</Days></Expiration></Rule>"),
            200);
  EXPECT_EQ(retention_finding(), "artifacts are removed after 14 days");
  EXPECT_EQ(set_rules("<Rule><ID>other</ID><Filter><Prefix>elsewhere/</Prefix></Filter>"
                      "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"),
            200);
  EXPECT_EQ(retention_finding(), "nothing removes old artifacts: the store grows for ever");
}

INSTANTIATE_TEST_SUITE_P(CephRgw, S3RetentionTest, testing::Values("ceph_rgw.py"));
INSTANTIATE_TEST_SUITE_P(Minio, S3RetentionTest, testing::Values("minio.py"));

}  // namespace
}  // namespace vc::storage
