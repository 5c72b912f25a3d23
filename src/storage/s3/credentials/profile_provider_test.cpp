#include "storage/s3/credentials/profile_provider.hpp"

#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <string>

namespace vc::storage {
namespace {

using namespace std::chrono_literals;

class ProfileProviderTest : public testing::Test {
 protected:
  ProfileSource source() const {
    return {.profile = "ci",
            .credentials_file = folder_.path() / "credentials",
            .config_file = folder_.path() / "config"};
  }

  // As if it had been written `age` ago.
  void write(std::string_view name, std::string_view text, std::chrono::seconds age = 10s) {
    const fs::path path = folder_.path() / name;
    const auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_TRUE(file && write_all(file->get(), as_bytes(text)));
    const auto then = std::chrono::floor<std::chrono::seconds>(SystemClock().now()) - age -
                      std::chrono::seconds(100 - writes_++);
    const timespec time{.tv_sec = then.time_since_epoch().count(), .tv_nsec = 0};
    const timespec times[] = {time, time};
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }

  void touch_now(std::string_view name) {
    ASSERT_EQ(::utimensat(AT_FDCWD, (folder_.path() / name).c_str(), nullptr, 0), 0);
  }

  static std::string keys(std::string_view id) {
    return "[ci]\naws_access_key_id = " + std::string(id) + "\naws_secret_access_key = s-" +
           std::string(id) + "\n";
  }

  std::string fetched() {
    const auto credentials = provider_.fetch({});
    return credentials ? credentials->access_key_id + "/" + credentials->secret_access_key + "/" +
                             credentials->session_token
                       : credentials.error().message;
  }

  TempDir folder_ = *TempDir::create();
  SystemClock clock_;
  ProfileProvider provider_{source(), clock_};
  int writes_ = 0;
};

TEST_F(ProfileProviderTest, TheKeysOfAProfileAreRead) {
  write("credentials", keys("id") + "aws_session_token = token\n");
  EXPECT_EQ(fetched(), "id/s-id/token");
}

TEST_F(ProfileProviderTest, AChangedFileIsReadAgain) {
  write("credentials", keys("first"));
  EXPECT_EQ(fetched(), "first/s-first/");
  write("credentials", keys("second"));
  EXPECT_EQ(fetched(), "second/s-second/");
  write("credentials.new", keys("third"));
  fs::rename(folder_.path() / "credentials.new", folder_.path() / "credentials");
  EXPECT_EQ(fetched(), "third/s-third/");
}

// Half a secret looks like a whole one; what was there before is still good.
TEST_F(ProfileProviderTest, AFileThatWasTouchedJustNowIsLeftToSettle) {
  write("credentials", keys("first"));
  EXPECT_EQ(fetched(), "first/s-first/");
  write("credentials", "[ci]\naws_access_key_id = second\naws_secret_access_key = s-s");
  touch_now("credentials");
  EXPECT_EQ(fetched(), "first/s-first/");
  write("credentials", keys("second"));
  EXPECT_EQ(fetched(), "second/s-second/");
}

TEST_F(ProfileProviderTest, WithNothingBeforeItAFreshFileIsReadAndLookedAtAgain) {
  write("credentials", keys("half"));
  touch_now("credentials");
  EXPECT_EQ(fetched(), "half/s-half/");
  write("credentials", keys("whole"));
  EXPECT_EQ(fetched(), "whole/s-whole/");
}

TEST_F(ProfileProviderTest, ThePairComesFromOneFile) {
  write("config", "[profile ci]\naws_access_key_id = c\naws_secret_access_key = s-c\nregion = r\n");
  EXPECT_EQ(fetched(), "c/s-c/");
  write("credentials", "[ci]\naws_access_key_id = half\n");
  EXPECT_EQ(fetched(), "the secret access key is missing");
  write("credentials", keys("whole"));
  EXPECT_EQ(fetched(), "whole/s-whole/");
}

TEST_F(ProfileProviderTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(provider_.fetch({}).error().code, Errc::not_found);
  write("credentials", keys("id").replace(1, 2, "other"));
  EXPECT_NE(fetched().find("no file has that profile"), std::string::npos);
  write("credentials", "[ci]\nhush\n");
  EXPECT_NE(fetched().find((folder_.path() / "credentials").string() + ": line 2"),
            std::string::npos);
  write("credentials", "[ci]\ncredential_process = hush\n");
  EXPECT_NE(fetched().find("credential_process"), std::string::npos);
  EXPECT_EQ(fetched().find("hush"), std::string::npos);
  EXPECT_NE(provider_.name().find("profile 'ci'"), std::string::npos);
}

}  // namespace
}  // namespace vc::storage
