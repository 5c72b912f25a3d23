#include "storage/azure/connection_string.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace vc::storage {
namespace {

TEST(ConnectionString, AsThePortalGivesItOut) {
  const auto account = parse_connection_string(
      "DefaultEndpointsProtocol=https;AccountName=velocity;AccountKey=c2VjcmV0a2V5MTI=;"
      "EndpointSuffix=core.windows.net");
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->name, "velocity");
  EXPECT_EQ(account->key, "c2VjcmV0a2V5MTI=") << "with what looks like another setting";
  EXPECT_EQ(account->blob_url, "https://velocity.blob.core.windows.net");
}

TEST(ConnectionString, TheBlobServiceIsWhereItSays) {
  const std::string account = "AccountName=velocity;AccountKey=a2V5;";
  EXPECT_EQ(parse_connection_string(account)->blob_url, "https://velocity.blob.core.windows.net");
  EXPECT_EQ(parse_connection_string(account + "EndpointSuffix=core.chinacloudapi.cn")->blob_url,
            "https://velocity.blob.core.chinacloudapi.cn");
  EXPECT_EQ(parse_connection_string(account + "DefaultEndpointsProtocol=http;")->blob_url,
            "http://velocity.blob.core.windows.net");
  EXPECT_EQ(parse_connection_string(account + "BlobEndpoint=http://127.0.0.1:10000/velocity;"
                                              "QueueEndpoint=http://127.0.0.1:10001/velocity;")
                ->blob_url,
            "http://127.0.0.1:10000/velocity");
}

TEST(ConnectionString, AnythingElseIsRefusedWithoutSayingTheSecret) {
  const std::vector<std::string> refused = {
      "",
      ";;;",
      "c2VjcmV0",
      "=",
      "=c2VjcmV0",
      "AccountName=velocity",
      "AccountKey=c2VjcmV0",
      "AccountName=velocity;AccountKey=",
      "AccountName=;AccountKey=c2VjcmV0",
      "AccountName=velocity;AccountName=other;AccountKey=c2VjcmV0",
      "AccountName=velocity;AccountKey=c2VjcmV0;AccountKey=c2VjcmV0",
      "AccountName=velocity; AccountKey=c2VjcmV0",
      "AccountName=velocity;AccountKey=c2VjcmV0\n",
      "accountname=velocity;AccountKey=c2VjcmV0",
      "AccountName=velocity;AccountKey=c2VjcmV0;c2VjcmV0",
      "AccountName=velocity;AccountKey=c2VjcmV0;c2VjcmV0=1",
      "AccountName=velocity;AccountKey=c2VjcmV0;DefaultEndpointsProtocol=c2VjcmV0",
      "BlobEndpoint=https://velocity.blob.core.windows.net;SharedAccessSignature=sig=c2VjcmV0",
      "UseDevelopmentStorage=true",
      std::string("AccountName=velocity;AccountKey=c2VjcmV0\0", 41),
      "AccountName=velocity;AccountKey=" + std::string(5000, 'A'),
  };
  for (const std::string& text : refused) {
    const auto account = parse_connection_string(text);
    ASSERT_FALSE(account) << text;
    EXPECT_EQ(account.error().code, Errc::invalid);
    EXPECT_EQ((account.error().message + account.error().hint).find("c2VjcmV0"), std::string::npos)
        << account.error().message;
  }
}

}  // namespace
}  // namespace vc::storage
