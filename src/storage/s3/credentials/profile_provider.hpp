// ProfileProvider: the keys of a profile in ~/.aws/credentials or ~/.aws/config, read again when
// either file changes.
#pragma once

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/result.hpp"
#include "storage/s3/credentials/profile_file.hpp"
#include "storage/s3/credentials/provider.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace vc::storage {

struct ProfileSource {
  std::string profile = "default";  // AWS_PROFILE
  fs::path credentials_file;        // AWS_SHARED_CREDENTIALS_FILE; empty: none.
  fs::path config_file;             // AWS_CONFIG_FILE; likewise.

  std::string text() const;  // "profile 'default' (/root/.aws/credentials, /root/.aws/config)"
};

// What the two files say of a profile, now.
struct Profile {
  ProfileSettings credentials;
  ProfileSettings config;

  // The setting in the file of credentials, else in the config; "" when neither has it.
  std::string_view find(std::string_view name) const;
  bool has_keys() const;
};

// Errc::not_found when no file has that profile; Errc::invalid names the file and the line.
Result<Profile> read_profile(const ProfileSource& source);

// The key pair of one file, never one half from each. Errc::invalid names what is missing, and what
// the profile has instead that is not supported.
Result<Credentials> keys_of(const Profile& profile);

class ProfileProvider final : public CredentialsProvider {
 public:
  // `clock` must outlive this.
  ProfileProvider(ProfileSource source, const Clock& clock)
      : source_(std::move(source)), name_(source_.text()), clock_(clock) {}

  std::string_view name() const override { return name_; }

  Result<Credentials> fetch(std::stop_token stop) override;

  // A look at the times of two files.
  std::chrono::milliseconds recheck_interval() const override { return std::chrono::seconds(1); }

 private:
  // What changes when a file does.
  struct Stamp {
    std::uint64_t inode = 0;
    std::int64_t size_bytes = -1;  // Absent.
    std::int64_t modified_ns = 0;

    bool operator==(const Stamp&) const = default;
  };

  using Stamps = std::array<Stamp, 2>;

  static Stamp stamp_of(const fs::path& path);
  Stamps stamps() const;
  bool is_settled(const Stamps& stamps) const;

  const ProfileSource source_;
  const std::string name_;
  const Clock& clock_;
  Stamps seen_;
  std::optional<Credentials> last_;
};

}  // namespace vc::storage
