#include "agent/local_cache/layout.hpp"

#include "core/files.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

constexpr std::string_view kEntrySuffix = ".tar.zst";
constexpr std::size_t kTierBytesMax = 64;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string shard_name(const Digest& key) {
  return key.hex().substr(0, 2);
}

std::string entry_name(const Digest& key) {
  return key.hex().append(kEntrySuffix);
}

bool is_tier_name(std::string_view name) {
  return !name.empty() && name.size() <= kTierBytesMax && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
  });
}

bool is_shard_name(std::string_view name) {
  return name.size() == 2 && is_lower_hex(name);
}

bool is_entry_name(std::string_view name) {
  return name.size() == Digest::kHexSize + kEntrySuffix.size() && name.ends_with(kEntrySuffix) &&
         is_lower_hex(name.substr(0, Digest::kHexSize));
}

bool is_temporary_name(std::string_view name) {
  return name.starts_with(kTemporaryPrefix);
}

}  // namespace vc::agent
