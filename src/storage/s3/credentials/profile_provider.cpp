#include "storage/s3/credentials/profile_provider.hpp"

#include "storage/s3/credentials/checked_credentials.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

namespace vc::storage {

namespace {

// A file may be rewritten in place. One that was touched within this time may be half of itself:
// half a secret looks like a whole one.
constexpr std::chrono::milliseconds kSettledAfter{200};

constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecret = "aws_secret_access_key";
constexpr std::string_view kSessionToken = "aws_session_token";

// Ways to credentials that need a browser, a program or another profile.
constexpr std::string_view kUnsupported[] = {"credential_process", "sso_session",
                                             "sso_start_url",      "source_profile",
                                             "credential_source",  "login_session"};

std::string_view setting(const ProfileSettings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string_view() : std::string_view(found->second);
}

// nullopt when neither the file nor the profile is there.
Result<std::optional<ProfileSettings>> settings_of(const fs::path& path, std::string_view profile,
                                                   ProfileFileKind kind) {
  if (path.empty()) {
    return std::nullopt;
  }
  VC_TRY(const auto text, read_file_if_exists(path, kProfileFileBytesMax));
  if (!text) {
    return std::nullopt;
  }
  const auto file = ProfileFile::parse(*text, kind);
  if (!file) {
    return std::unexpected(Error(file.error()).within(path.string()));
  }
  const ProfileSettings* const found = file->find(profile);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string ProfileSource::text() const {
  const bool two = !credentials_file.empty() && !config_file.empty();
  return fmt::format("profile '{}' ({}{}{})", profile, credentials_file.string(), two ? ", " : "",
                     config_file.string());
}

std::string_view Profile::find(std::string_view name) const {
  const std::string_view first = setting(credentials, name);
  return first.empty() ? setting(config, name) : first;
}

bool Profile::has_keys() const {
  return !find(kKeyId).empty();
}

Result<Profile> read_profile(const ProfileSource& source) {
  VC_TRY(auto credentials,
         settings_of(source.credentials_file, source.profile, ProfileFileKind::credentials));
  VC_TRY(auto config, settings_of(source.config_file, source.profile, ProfileFileKind::config));
  if (!credentials && !config) {
    return fail(Errc::not_found, "no file has that profile",
                "set AWS_PROFILE, or add the profile to one of the files");
  }
  return Profile{.credentials = std::move(credentials).value_or(ProfileSettings{}),
                 .config = std::move(config).value_or(ProfileSettings{})};
}

Result<Credentials> keys_of(const Profile& profile) {
  const bool from_first = !setting(profile.credentials, kKeyId).empty();
  const ProfileSettings& settings = from_first ? profile.credentials : profile.config;
  if (setting(settings, kKeyId).empty()) {
    for (const std::string_view way : kUnsupported) {
      if (!profile.find(way).empty()) {
        return fail(Errc::invalid, fmt::format("the profile uses {}, which is not supported", way),
                    "give it aws_access_key_id and aws_secret_access_key, or role_arn and "
                    "web_identity_token_file");
      }
    }
    return fail(Errc::invalid, "the profile has no aws_access_key_id",
                "give it aws_access_key_id and aws_secret_access_key");
  }
  return checked_credentials({.access_key_id = std::string(setting(settings, kKeyId)),
                              .secret_access_key = std::string(setting(settings, kSecret)),
                              .session_token = std::string(setting(settings, kSessionToken))});
}

ProfileProvider::Stamp ProfileProvider::stamp_of(const fs::path& path) {
  struct stat status{};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) {
    return {};
  }
  return {
      .inode = status.st_ino,
      .size_bytes = status.st_size,
      .modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

ProfileProvider::Stamps ProfileProvider::stamps() const {
  return {stamp_of(source_.credentials_file), stamp_of(source_.config_file)};
}

// A time in the future is another clock's, and tells nothing.
bool ProfileProvider::is_settled(const Stamps& stamps) const {
  const TimePoint now = clock_.now();
  for (const Stamp& stamp : stamps) {
    const TimePoint modified{std::chrono::milliseconds(stamp.modified_ns / 1'000'000)};
    if (modified <= now && now - modified < kSettledAfter) {
      return false;
    }
  }
  return true;
}

Result<Credentials> ProfileProvider::fetch(std::stop_token) {
  const Stamps before = stamps();
  if (last_ && (before == seen_ || !is_settled(before))) {
    return *last_;
  }
  VC_TRY(const Profile profile, read_profile(source_));
  VC_TRY(Credentials credentials, keys_of(profile));
  if (stamps() != before && last_) {
    return *last_;  // It is being written; the next look will find it done.
  }
  if (is_settled(before)) {
    seen_ = before;
    last_ = credentials;
  }
  return credentials;
}

}  // namespace vc::storage
