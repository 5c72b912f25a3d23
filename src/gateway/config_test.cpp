#include "gateway/config.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"
#include "storage/gcs/testing/key_file.hpp"

#include <gtest/gtest.h>

namespace vc::gateway {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

Result<Config> load(Variables variables, std::vector<std::string> arguments = {}) {
  return load_config(arguments, Environment(std::move(variables)));
}

const std::string kToken = "0123456789abcdef";

TEST(Config, DefaultsAreThoseThatUsersKnow) {
  const auto config = load({{"VC_AUTH_TOKEN", kToken}}).value();
  EXPECT_EQ(config.http.port, 8080);
  EXPECT_EQ(config.http.host, "0.0.0.0");
  EXPECT_EQ(config.storage.driver, "local");
  EXPECT_EQ(config.storage.local.root, "./velocity-data");
  EXPECT_EQ(config.storage.local.age_max, std::chrono::days(7));
  EXPECT_EQ(config.storage.local.bytes_max, 0);
  EXPECT_TRUE(config.warnings.empty());
}

TEST(Config, FlagsWinOverVariables) {
  const auto config =
      load({{"VC_AUTH_TOKEN", kToken}, {"VC_PORT", "1"}}, {"--port", "9", "--retention-days=0"})
          .value();
  EXPECT_EQ(config.http.port, 9);
  EXPECT_EQ(config.storage.local.age_max.count(), 0);
}

// B8: an empty token is not an open door.
TEST(Config, WithoutATokenItRefusesAndNamesTheRemedy) {
  for (const Variables& variables : {Variables{}, Variables{{"VC_AUTH_TOKEN", ""}}}) {
    const auto config = load(variables);
    ASSERT_FALSE(config.has_value());
    EXPECT_NE(config.error().message.find("VC_AUTH_TOKEN"), std::string::npos);
    EXPECT_NE(config.error().hint.find("VC_ALLOW_ANONYMOUS=true"), std::string::npos);
  }
  EXPECT_TRUE(load({{"VC_ALLOW_ANONYMOUS", "true"}}).has_value());
}

TEST(Config, ATokenAndAnonymousAccessContradictEachOther) {
  EXPECT_FALSE(load({{"VC_AUTH_TOKEN", kToken}, {"VC_ALLOW_ANONYMOUS", "true"}}).has_value());
}

TEST(Config, ATokenThatCanBeGuessedIsWarnedAboutWithoutShowingIt) {
  const auto weak = load({{"VC_AUTH_TOKEN", kToken.substr(1)}}).value();
  ASSERT_EQ(weak.warnings.size(), 1);
  EXPECT_EQ(weak.warnings.front().find(kToken.substr(1)), std::string::npos);
  EXPECT_TRUE(load({{"VC_AUTH_TOKEN", kToken}}).value().warnings.empty());
}

TEST(Config, ATokenThatNoClientCanSendIsRefused) {
  for (const std::string& token :
       {kToken + " x", kToken + "\n\n", "\xc3\xa9" + kToken, std::string(4097, 'a')}) {
    EXPECT_FALSE(load({{"VC_AUTH_TOKEN", token}}).has_value());
  }
  EXPECT_TRUE(load({{"VC_AUTH_TOKEN", std::string(4096, 'a')}}).has_value());
}

// B30: a bad number stops the start instead of being ignored.
TEST(Config, BadValuesAreRefusedByName) {
  const std::pair<std::string, std::string> cases[] = {
      {"VC_RETENTION_DAYS", "soon"},
      {"VC_RETENTION_DAYS", "-1"},
      {"VC_RETENTION_DAYS", "7 days"},
      {"VC_PORT", "65536"},
      {"VC_LOCAL_MAX_SIZE", "10 parsecs"},
      {"VC_STORAGE_DRIVER", "floppy"},
      {"VC_PUBLIC_URL", "cache.example"},
      {"VC_BASE_URL", "ftp://cache.example"},
      {"VC_LOG_LEVEL", "loud"},
  };
  for (const auto& [name, value] : cases) {
    const auto config = load({{"VC_AUTH_TOKEN", kToken}, {name, value}});
    ASSERT_FALSE(config.has_value()) << name;
    EXPECT_NE(config.error().message.find(name), std::string::npos) << config.error().message;
  }
}

TEST(Config, AMisspeltVariableIsWarnedAboutWithASuggestion) {
  const auto config = load({{"VC_AUTH_TOKEN", kToken}, {"VC_LOCAL_ROOTS", "x"}}).value();
  ASSERT_EQ(config.warnings.size(), 1);
  EXPECT_NE(config.warnings.front().find("VC_LOCAL_ROOT?"), std::string::npos);
}

TEST(Config, TheOlderNameOfThePublicUrlIsUnderstood) {
  EXPECT_EQ(load({{"VC_AUTH_TOKEN", kToken}, {"VC_BASE_URL", "http://a:1/"}}).value().public_url,
            "http://a:1");
  EXPECT_EQ(load({{"VC_AUTH_TOKEN", kToken},
                  {"VC_BASE_URL", "http://a"},
                  {"VC_PUBLIC_URL", "https://b/x"}})
                .value()
                .public_url,
            "https://b/x");
}

TEST(Config, TheS3DriverIsToldByTheNamesThatS3ClientsKnow) {
  Variables variables = {{"VC_AUTH_TOKEN", kToken},
                         {"VC_STORAGE_DRIVER", "s3"},
                         {"VC_S3_BUCKET", "cache"},
                         {"VC_S3_REGION", "eu-west-1"},
                         {"VC_S3_PREFIX", "team"},
                         {"VC_S3_PATH_STYLE", "true"},
                         {"VC_S3_CREATE_BUCKET", "false"},
                         {"VC_S3_CONDITIONAL", "auto"},
                         {"VC_S3_PUBLIC_ENDPOINT", "https://s3.example"},
                         {"VC_MAX_OBJECT_SIZE", "1GiB"},
                         {"AWS_ENDPOINT_URL", "http://other:1"},
                         {"AWS_REGION", "us-west-2"},
                         {"AWS_CA_BUNDLE", "/etc/ca.pem"},
                         {"AWS_ACCESS_KEY_ID", "id"},
                         {"AWS_SECRET_ACCESS_KEY", "secret"},
                         {"AWS_SESSION_TOKEN", "session"}};
  const auto config = load(variables).value();
  const storage::S3Options& s3 = config.storage.s3;
  EXPECT_EQ(s3.address.url, "http://other:1");
  EXPECT_EQ(s3.address.bucket, "cache");
  EXPECT_EQ(s3.address.region, "eu-west-1");
  EXPECT_EQ(s3.address.path_style, storage::PathStyle::always);
  EXPECT_EQ(s3.public_url, "https://s3.example");
  EXPECT_EQ(s3.prefix, "team");
  EXPECT_EQ(s3.create_bucket, storage::CreateBucket::never);
  EXPECT_EQ(s3.conditional, storage::ConditionPolicy::automatic);
  EXPECT_EQ(s3.object_bytes_max, 1ULL << 30);
  const auto& keys = std::get<storage::Credentials>(config.storage.s3_credentials.place);
  EXPECT_EQ(keys.access_key_id, "id");
  EXPECT_EQ(keys.secret_access_key, "secret");
  EXPECT_EQ(keys.session_token, "session");
  EXPECT_EQ(config.storage.s3_credentials.ca_file, "/etc/ca.pem");
  variables["VC_S3_ENDPOINT"] = "http://minio:9000";
  EXPECT_EQ(load(variables).value().storage.s3.address.url, "http://minio:9000");
  variables.erase("VC_S3_REGION");
  EXPECT_EQ(load(variables).value().storage.s3.address.region, "us-west-2");
  variables.erase("AWS_REGION");
  EXPECT_EQ(load(variables).value().storage.s3.address.region, "us-east-1");
}

TEST(Config, TheS3DriverNeedsABucketAndCredentials) {
  const Variables whole = {{"VC_AUTH_TOKEN", kToken},
                           {"VC_STORAGE_DRIVER", "s3"},
                           {"VC_S3_BUCKET", "cache"},
                           {"AWS_ACCESS_KEY_ID", "id"},
                           {"AWS_SECRET_ACCESS_KEY", "secret"}};
  EXPECT_EQ(load(whole).value().storage.s3.conditional, storage::ConditionPolicy::require);
  for (const std::string_view name :
       {"VC_S3_BUCKET", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}) {
    Variables variables = whole;
    variables.erase(std::string(name));
    const auto config = load(variables);
    ASSERT_FALSE(config.has_value()) << name;
    EXPECT_NE((config.error().message + config.error().hint).find(name), std::string::npos);
  }
}

TEST(Config, TheGcsDriverSignsWithTheKeyFileOfAServiceAccount) {
  const auto folder = TempDir::create();
  ASSERT_TRUE(folder);
  const fs::path key_file = folder->path() / "key.json";
  ASSERT_TRUE(write_file_atomically(key_file, storage::key_file_json()));
  const Variables variables = {
      {"VC_AUTH_TOKEN", kToken},      {"VC_STORAGE_DRIVER", "gcs"},
      {"VC_GCS_BUCKET", "cache"},     {"VC_GCS_PREFIX", "team"},
      {"VC_GCS_CONDITIONAL", "auto"}, {"VC_GCS_PUBLIC_ENDPOINT", "https://gcs.example"},
      {"VC_MAX_OBJECT_SIZE", "1GiB"}, {"GOOGLE_APPLICATION_CREDENTIALS", key_file.string()}};
  const auto config = load(variables).value();
  const storage::S3Options& gcs = config.storage.gcs;
  EXPECT_EQ(gcs.dialect.driver, "gcs");
  EXPECT_EQ(gcs.address.url, "https://storage.googleapis.com");
  EXPECT_EQ(gcs.address.bucket, "cache");
  EXPECT_EQ(gcs.public_url, "https://gcs.example");
  EXPECT_EQ(gcs.prefix, "team");
  EXPECT_EQ(gcs.create_bucket, storage::CreateBucket::never);
  EXPECT_EQ(gcs.conditional, storage::ConditionPolicy::automatic);
  EXPECT_EQ(gcs.object_bytes_max, 1ULL << 30);
  EXPECT_EQ(config.storage.gcs_credentials.access_key_id,
            "gateway@project.iam.gserviceaccount.com");
  EXPECT_EQ(config.storage.gcs_signing->name(), "RSA-SHA256");
}

TEST(Config, TheGcsDriverSignsWithAnHmacKeyWhereThereIsOne) {
  Variables variables = {{"VC_AUTH_TOKEN", kToken},
                         {"VC_STORAGE_DRIVER", "gcs"},
                         {"VC_GCS_BUCKET", "cache"},
                         {"VC_GCS_ENDPOINT", "http://emulator:4443"},
                         {"VC_GCS_HMAC_ID", "GOOG1EXAMPLE"},
                         {"VC_GCS_HMAC_SECRET", "the-secret"},
                         {"GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json"}};
  const auto config = load(variables).value();
  EXPECT_EQ(config.storage.gcs.address.url, "http://emulator:4443");
  EXPECT_EQ(config.storage.gcs.conditional, storage::ConditionPolicy::require);
  EXPECT_EQ(config.storage.gcs_credentials.access_key_id, "GOOG1EXAMPLE");
  EXPECT_EQ(config.storage.gcs_credentials.secret_access_key, "the-secret");
  EXPECT_EQ(config.storage.gcs_signing->name(), "HMAC-SHA256");
  variables.erase("VC_GCS_HMAC_ID");
  const auto half = load(variables);
  ASSERT_FALSE(half);
  EXPECT_NE(half.error().message.find("VC_GCS_HMAC_ID"), std::string::npos);
  EXPECT_EQ((half.error().message + half.error().hint).find("the-secret"), std::string::npos);
}

TEST(Config, TheGcsDriverNeedsABucketAndSomethingToSignWith) {
  const auto said = [](const Variables& variables) {
    const auto config = load(variables);
    return config ? "nothing" : config.error().message + '\n' + config.error().hint;
  };
  Variables variables = {{"VC_AUTH_TOKEN", kToken}, {"VC_STORAGE_DRIVER", "gcs"}};
  EXPECT_NE(said(variables).find("VC_GCS_BUCKET"), std::string::npos);
  variables["VC_GCS_BUCKET"] = "cache";
  EXPECT_NE(said(variables).find("GOOGLE_APPLICATION_CREDENTIALS"), std::string::npos);
  variables["GOOGLE_APPLICATION_CREDENTIALS"] = "/nowhere.json";
  EXPECT_NE(said(variables).find("/nowhere.json"), std::string::npos);
}

TEST(Config, TheAzureDriverIsToldByItsOwnNames) {
  const Variables variables = {{"VC_AUTH_TOKEN", kToken},
                               {"VC_STORAGE_DRIVER", "azure"},
                               {"VC_AZURE_ACCOUNT", "velocity"},
                               {"VC_AZURE_ACCOUNT_KEY", "a2V5"},
                               {"VC_AZURE_CONTAINER", "cache"},
                               {"VC_AZURE_ENDPOINT", "http://azurite:10000/velocity"},
                               {"VC_AZURE_PUBLIC_ENDPOINT", "https://blobs.example"},
                               {"VC_AZURE_PREFIX", "team"},
                               {"VC_AZURE_CREATE_CONTAINER", "true"},
                               {"VC_MAX_OBJECT_SIZE", "1GiB"}};
  const auto config = load(variables).value();
  const storage::AzureOptions& azure = config.storage.azure;
  EXPECT_EQ(azure.address.account, "velocity");
  EXPECT_EQ(azure.address.container, "cache");
  EXPECT_EQ(azure.address.url, "http://azurite:10000/velocity");
  EXPECT_EQ(azure.account_key, "a2V5");
  EXPECT_EQ(azure.public_url, "https://blobs.example");
  EXPECT_EQ(azure.prefix, "team");
  EXPECT_EQ(azure.create_container, storage::CreateContainer::always);
  EXPECT_EQ(azure.object_bytes_max, 1ULL << 30);
}

TEST(Config, TheAzureDriverKnowsTheVariablesOfAzuresOtherClients) {
  Variables variables = {{"VC_AUTH_TOKEN", kToken},
                         {"VC_STORAGE_DRIVER", "azure"},
                         {"VC_AZURE_CONTAINER", "cache"},
                         {"AZURE_STORAGE_ACCOUNT", "plain"},
                         {"AZURE_STORAGE_KEY", "cGxhaW4="}};
  const auto plain = load(variables).value().storage.azure;
  EXPECT_EQ(plain.address.account, "plain");
  EXPECT_EQ(plain.address.url, "");
  EXPECT_EQ(plain.account_key, "cGxhaW4=");
  EXPECT_EQ(plain.create_container, storage::CreateContainer::automatic);

  variables["AZURE_STORAGE_CONNECTION_STRING"] =
      "AccountName=string;AccountKey=c3RyaW5n;EndpointSuffix=core.chinacloudapi.cn";
  const auto string = load(variables).value().storage.azure;
  EXPECT_EQ(string.address.account, "string");
  EXPECT_EQ(string.address.url, "https://string.blob.core.chinacloudapi.cn");
  EXPECT_EQ(string.account_key, "c3RyaW5n");

  variables["VC_AZURE_ACCOUNT_KEY"] = "b3du";
  EXPECT_EQ(load(variables).value().storage.azure.account_key, "b3du") << "ours win";
  variables["VC_AZURE_ACCOUNT"] = "other";
  EXPECT_FALSE(load(variables)) << "the key of one account and the name of another";
}

TEST(Config, TheAzureDriverNeedsAContainerAnAccountAndAKey) {
  const Variables whole = {{"VC_AUTH_TOKEN", kToken},
                           {"VC_STORAGE_DRIVER", "azure"},
                           {"VC_AZURE_CONTAINER", "cache"},
                           {"VC_AZURE_ACCOUNT", "velocity"},
                           {"VC_AZURE_ACCOUNT_KEY", "a2V5"}};
  EXPECT_TRUE(load(whole));
  for (const std::string_view name :
       {"VC_AZURE_CONTAINER", "VC_AZURE_ACCOUNT", "VC_AZURE_ACCOUNT_KEY"}) {
    Variables variables = whole;
    variables.erase(std::string(name));
    const auto config = load(variables);
    ASSERT_FALSE(config.has_value()) << name;
    EXPECT_NE((config.error().message + config.error().hint).find(name), std::string::npos);
  }
  Variables broken = whole;
  broken["AZURE_STORAGE_CONNECTION_STRING"] = "AccountKey=c2VjcmV0";
  const auto config = load(broken);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().message.find("AZURE_STORAGE_CONNECTION_STRING"), std::string::npos);
  EXPECT_EQ(config.error().message.find("c2VjcmV0"), std::string::npos);
}

TEST(Config, HelpAndVersionAreAnsweredAtOnce) {
  const std::vector<std::string> help = {"--port", "1", "--help"};
  EXPECT_NE(answer_at_once(help)->find("Examples:"), std::string::npos);
  const std::vector<std::string> version = {"--version"};
  EXPECT_EQ(answer_at_once(version), "velocity-server " VC_VERSION "\n");
  EXPECT_EQ(answer_at_once({}), std::nullopt);
}

TEST(Config, EveryOptionIsDocumentedInASentence) {
  for (const Option& option : option_table()) {
    EXPECT_TRUE(option.doc.ends_with('.')) << option.variable;
  }
}

TEST(Config, TheReferenceIsNotStale) {
  const std::vector<std::string> arguments = {"--print-config-docs"};
  EXPECT_EQ(read_file(VC_SOURCE_DIR "/docs/config.md").value(), *answer_at_once(arguments))
      << "run: velocity-server --print-config-docs > docs/config.md";
}

}  // namespace
}  // namespace vc::gateway
