#include "storage/s3/credentials/default_chain.hpp"

#include "core/temp_dir.hpp"
#include "core/testing/fake_clock.hpp"
#include "storage/testing/recording_log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

class DefaultChainTest : public testing::Test {
 protected:
  DefaultChainTest() { set("HOME", folder_.path().string()); }

  void set(std::string name, std::string value) {
    environment_.set(std::move(name), std::move(value));
  }

  void write(std::string_view name, std::string_view text) {
    ASSERT_TRUE(write_file_atomically(folder_.path() / name, text));
  }

  Result<CredentialsPlace> chosen() const { return choose_credentials(environment_, "us-east-1"); }

  template <class Place>
  Place place() const {
    auto made = chosen();
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_TRUE(made && std::holds_alternative<Place>(*made));
    return made && std::holds_alternative<Place>(*made) ? std::get<Place>(*made) : Place{};
  }

  // Everything at once; what wins is taken away, one after the other.
  void set_everything() {
    set("AWS_ACCESS_KEY_ID", "id");
    set("AWS_SECRET_ACCESS_KEY", "secret");
    write(".aws/credentials", "[default]\naws_access_key_id = p\naws_secret_access_key = s\n");
    set("AWS_ROLE_ARN", "role");
    set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  }

  TempDir folder_ = *TempDir::create();
  Environment environment_;
};

TEST_F(DefaultChainTest, TheOrderIsThatOfTheSdks) {
  set_everything();
  EXPECT_EQ(place<Credentials>().access_key_id, "id");
  environment_.unset("AWS_ACCESS_KEY_ID");
  environment_.unset("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(place<ProfileSource>().credentials_file, folder_.path() / ".aws/credentials");
  fs::remove(folder_.path() / ".aws/credentials");
  EXPECT_EQ(place<WebIdentity>().role_arn, "role");
  environment_.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
  EXPECT_EQ(place<CredentialsEndpoint>().url, "http://169.254.170.2/x");
  environment_.unset("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  EXPECT_EQ(place<ImdsProvider::Options>().endpoint, "http://169.254.169.254");
}

TEST_F(DefaultChainTest, WithNothingAtAllEveryPlaceIsNamed) {
  set("AWS_EC2_METADATA_DISABLED", "true");
  const auto none = chosen();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::invalid);
  for (const std::string_view name :
       {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", ".aws/credentials", ".aws/config",
        "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_EC2_METADATA_DISABLED"}) {
    EXPECT_NE(none.error().message.find(name), std::string::npos) << none.error().message;
  }
}

TEST_F(DefaultChainTest, TheMetadataServiceIsAskedLastAndItsErrorsNameTheRest) {
  set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/");
  const auto imds = place<ImdsProvider::Options>();
  EXPECT_EQ(imds.endpoint, "http://127.0.0.1:1");
  EXPECT_NE(imds.hint.find("AWS_ACCESS_KEY_ID"), std::string::npos);
}

TEST_F(DefaultChainTest, HalfAPairIsAMistakeAndNoReasonToLookElsewhere) {
  set_everything();
  set("AWS_SECRET_ACCESS_KEY", "");
  const auto half = chosen();
  ASSERT_FALSE(half);
  EXPECT_NE((half.error().message + half.error().hint).find("AWS_SECRET_ACCESS_KEY"),
            std::string::npos);
}

TEST_F(DefaultChainTest, WhatCannotWorkIsSaidAtTheStart) {
  set("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
  EXPECT_FALSE(chosen()) << "no role";
  set("AWS_ROLE_ARN", "role");
  EXPECT_EQ(place<WebIdentity>().endpoint, "https://sts.us-east-1.amazonaws.com");
  set("AWS_REGION", "no region!");
  EXPECT_FALSE(chosen());
  set("AWS_ENDPOINT_URL_STS", "http://minio:9000");
  EXPECT_EQ(place<WebIdentity>().endpoint, "http://minio:9000");
  environment_.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
  set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://evil.example/");
  EXPECT_FALSE(chosen());
}

TEST_F(DefaultChainTest, AProfileCanBeAWebIdentity) {
  set("AWS_PROFILE", "ci");
  write(".aws/config",
        "[profile ci]\nrole_arn = r\nweb_identity_token_file = /t\nrole_session_name = n\n"
        "region = eu-west-1\n");
  const auto identity = place<WebIdentity>();
  EXPECT_EQ(identity.role_arn, "r");
  EXPECT_EQ(identity.token_file, "/t");
  EXPECT_EQ(identity.session_name, "n");
  EXPECT_EQ(identity.endpoint, "https://sts.eu-west-1.amazonaws.com");
}

TEST_F(DefaultChainTest, AProfileThatWasAskedForIsWaitedForWhenNothingElseIsSet) {
  set("AWS_PROFILE", "later");
  EXPECT_EQ(place<ProfileSource>().profile, "later");
  set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x");
  EXPECT_EQ(place<CredentialsEndpoint>().url, "http://169.254.170.2/x");
}

TEST_F(DefaultChainTest, FilesAreWhereTheEnvironmentSays) {
  set("AWS_SHARED_CREDENTIALS_FILE", "~/own");
  set("AWS_CONFIG_FILE", "/etc/aws");
  const auto source = place<ProfileSource>();
  EXPECT_EQ(source.credentials_file, folder_.path() / "own");
  EXPECT_EQ(source.config_file, "/etc/aws");
}

TEST_F(DefaultChainTest, TheRegionComesFromTheEnvironmentOrTheProfile) {
  EXPECT_EQ(region_of(environment_), "");
  write(".aws/credentials", "[default]\nregion = a\n");
  EXPECT_EQ(region_of(environment_), "a");
  write(".aws/config", "[default]\nregion = b\n");
  EXPECT_EQ(region_of(environment_), "b");
  set("AWS_DEFAULT_REGION", "c");
  EXPECT_EQ(region_of(environment_), "c");
  set("AWS_REGION", "d");
  EXPECT_EQ(region_of(environment_), "d");
}

TEST_F(DefaultChainTest, TheSourceIsMadeFromTheChoice) {
  const SystemClock clock;
  RecordingLog log;
  write(".aws/credentials", "[default]\naws_access_key_id = p\naws_secret_access_key = s\n");
  const auto source = make_credentials({.place = *chosen(), .ca_file = ""}, clock, log);
  source->wait_for_first({});
  const auto current = source->current();
  ASSERT_TRUE(current) << current.error().message;
  EXPECT_EQ((*current)->access_key_id, "p");
  set_everything();
  EXPECT_EQ((*make_credentials({.place = *chosen(), .ca_file = ""}, clock, log)->current())
                ->access_key_id,
            "id");
}

}  // namespace
}  // namespace vc::storage
