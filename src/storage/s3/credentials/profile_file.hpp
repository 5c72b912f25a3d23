// ProfileFile: ~/.aws/config and ~/.aws/credentials as values.
//
// The format of the AWS SDKs ("Shared config and credentials files"): sections, `key = value`, a
// comment from '#' or ';' at the beginning of a line or after white space, and lines below a key
// that are indented further, which belong to it and are not read here. Limits:
// kProfileFileBytesMax.
#pragma once

#include "core/result.hpp"

#include <map>
#include <string>
#include <string_view>

namespace vc::storage {

inline constexpr std::size_t kProfileFileBytesMax = 1 << 20;

// Settings of one profile by name, in lower case.
using ProfileSettings = std::map<std::string, std::string, std::less<>>;

enum class ProfileFileKind { credentials, config };

class ProfileFile {
 public:
  // Errc::invalid names the line, never what it holds.
  static Result<ProfileFile> parse(std::string_view text, ProfileFileKind kind);

  // nullptr when there is no such profile. Sections of one name are one profile, whose later
  // settings win. In a config file that is [profile NAME], and also [default].
  const ProfileSettings* find(std::string_view profile) const;

 private:
  std::map<std::string, ProfileSettings, std::less<>> profiles_;
};

}  // namespace vc::storage
