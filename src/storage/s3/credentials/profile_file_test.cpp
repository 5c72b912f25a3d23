#include "storage/s3/credentials/profile_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vc::storage {
namespace {

ProfileFile parsed(std::string_view text, ProfileFileKind kind) {
  auto file = ProfileFile::parse(text, kind);
  EXPECT_TRUE(file) << file.error().message;
  return file ? *std::move(file) : ProfileFile();
}

std::string setting(const ProfileFile& file, std::string_view profile, std::string_view name) {
  const ProfileSettings* const settings = file.find(profile);
  if (settings == nullptr) {
    return "no profile";
  }
  const auto found = settings->find(name);
  return found == settings->end() ? "no setting" : found->second;
}

TEST(ProfileFile, SectionsOfCredentialsAreProfiles) {
  const auto file = parsed(
      "# keys\n[default]\naws_access_key_id = AKIA\r\nAWS_Secret_Access_Key=a=b/c#d\n\n"
      "; more\n[ci]\naws_access_key_id=CI ; of the pipeline\n[default]\nregion = eu-west-1",
      ProfileFileKind::credentials);
  EXPECT_EQ(setting(file, "default", "aws_access_key_id"), "AKIA");
  EXPECT_EQ(setting(file, "default", "aws_secret_access_key"), "a=b/c#d");
  EXPECT_EQ(setting(file, "default", "region"), "eu-west-1") << "one profile in two sections";
  EXPECT_EQ(setting(file, "ci", "aws_access_key_id"), "CI");
  EXPECT_EQ(setting(file, "CI", "aws_access_key_id"), "no profile");
}

TEST(ProfileFile, SectionsOfConfigSayProfile) {
  const auto file = parsed(
      "[default]\nregion = old\n[profile default]\nregion = new\n[profile\t ci ]\nregion = x\n"
      "[ci2]\nregion = y\n[sso-session s]\nregion = z\n[profile]\nregion = z\n",
      ProfileFileKind::config);
  EXPECT_EQ(setting(file, "default", "region"), "new");
  EXPECT_EQ(setting(file, "ci", "region"), "x");
  for (const std::string_view none : {"ci2", "s", "profile", "sso-session s"}) {
    EXPECT_EQ(setting(file, none, "region"), "no profile") << none;
  }
  EXPECT_EQ(
      setting(parsed("[default]\nregion = old", ProfileFileKind::config), "default", "region"),
      "old");
}

TEST(ProfileFile, NestedSettingsBelongToTheKeyAboveThem) {
  const auto file = parsed(
      "[default]\ns3 =\n  max_concurrent_requests = 20\n  region = nested\nregion = own\n"
      "[indented]\n  aws_access_key_id = id\n  aws_secret_access_key = secret\n",
      ProfileFileKind::credentials);
  EXPECT_EQ(setting(file, "default", "region"), "own");
  EXPECT_EQ(setting(file, "default", "max_concurrent_requests"), "no setting");
  EXPECT_EQ(setting(file, "default", "s3"), "");
  EXPECT_EQ(setting(file, "indented", "aws_secret_access_key"), "secret");
}

TEST(ProfileFile, AByteOrderMarkIsNoPartOfTheFirstSection) {
  const auto file = parsed("\xef\xbb\xbf[default]\nregion = a", ProfileFileKind::credentials);
  EXPECT_EQ(setting(file, "default", "region"), "a");
}

TEST(ProfileFile, WhatIsWrongIsNamedByItsLineAndNotRepeated) {
  for (const std::string_view text :
       {"[default]\nhush", "[default]\n= hush", "[default\nx = hush", "x\n= hush", "\nx = hush"}) {
    const auto file = ProfileFile::parse(text, ProfileFileKind::credentials);
    ASSERT_FALSE(file) << text;
    EXPECT_EQ(file.error().message.find("hush"), std::string::npos);
    EXPECT_NE(file.error().message.find("line "), std::string::npos);
  }
  EXPECT_EQ(ProfileFile::parse(std::string(kProfileFileBytesMax + 1, '\n'), ProfileFileKind::config)
                .error()
                .code,
            Errc::too_large);
}

}  // namespace
}  // namespace vc::storage
