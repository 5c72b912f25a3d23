#include "storage/s3/credentials/profile_file.hpp"

#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace vc::storage {

namespace {

constexpr std::string_view kDefaultProfile = "default";
constexpr std::string_view kProfileWord = "profile";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_comment(std::string_view line) {
  return line.starts_with('#') || line.starts_with(';');
}

// Up to a comment that follows white space: "value # why".
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (is_blank(text[i - 1]) && is_comment(text.substr(i))) {
      return text.substr(0, i);
    }
  }
  return text;
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower;
}

// What [this] is the profile of; nullopt for sections of other kinds, such as [sso-session x]. An
// old [default] of a config file counts less than [profile default], so it goes by another name.
std::optional<std::string> profile_of(std::string_view section, ProfileFileKind kind) {
  if (kind == ProfileFileKind::credentials) {
    return std::string(section);
  }
  if (section == kDefaultProfile) {
    return "";
  }
  if (!section.starts_with(kProfileWord) || section.size() == kProfileWord.size() ||
      !is_blank(section[kProfileWord.size()])) {
    return std::nullopt;
  }
  return std::string(trimmed(section.substr(kProfileWord.size())));
}

}  // namespace

Result<ProfileFile> ProfileFile::parse(std::string_view text, ProfileFileKind kind) {
  if (text.size() > kProfileFileBytesMax) {
    return fail(Errc::too_large, fmt::format("more than {} bytes", kProfileFileBytesMax));
  }
  ProfileFile file;
  ProfileSettings* profile = nullptr;
  ProfileSettings passed_over;                      // Of sections that are no profiles.
  std::size_t key_indent = std::string_view::npos;  // Of the last key of the section.
  int number = 0;
  const auto malformed = [&](std::string_view what) {
    return fail(Errc::invalid, fmt::format("line {}: {}", number, what));
  };
  for (std::string_view rest = without_byte_order_mark(text); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    ++number;
    const std::size_t indent = line.find_first_not_of(" \t");
    const bool is_nested = key_indent != std::string_view::npos && indent > key_indent;
    if (trimmed(line).empty() || is_comment(trimmed(line)) || is_nested) {
      continue;
    }
    if (line.front() == '[') {
      key_indent = std::string_view::npos;
      const std::size_t end = line.find(']');
      if (end == std::string_view::npos) {
        return malformed("a section without ]");
      }
      const auto name = profile_of(trimmed(line.substr(1, end - 1)), kind);
      profile = name ? &file.profiles_[*name] : &passed_over;
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trimmed(line.substr(0, equals)).empty()) {
      return malformed("neither a [section] nor a key = value");
    }
    if (profile == nullptr) {
      return malformed("a key before the first [section]");
    }
    key_indent = indent;
    // A comment that follows the white space after '=' leaves an empty value.
    (*profile)[in_lower_case(trimmed(line.substr(0, equals)))] =
        trimmed(without_comment(line.substr(equals + 1)));
  }
  return file;
}

const ProfileSettings* ProfileFile::find(std::string_view profile) const {
  auto found = profiles_.find(profile);
  if (found == profiles_.end() && profile == kDefaultProfile) {
    found = profiles_.find("");
  }
  return found == profiles_.end() ? nullptr : &found->second;
}

}  // namespace vc::storage
