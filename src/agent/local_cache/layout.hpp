// Which files in a cache directory are ours, by name:
//
//   <directory>/.gitignore
//   <directory>/v1/gc.lock
//   <directory>/v1/.tmp/.vc-tmp-...            being written, where files cannot do without a name
//   <directory>/v1/<tier>/<aa>/<key>.tar.zst
//
// Whatever has another name was put there by somebody else and is never touched.
#pragma once

#include "core/digest.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::string_view kLayoutVersion = "v1";
inline constexpr std::string_view kTemporaryDirectory = ".tmp";
inline constexpr std::string_view kGarbageLock = "gc.lock";

// "<aa>", the first two digits of the key, and "<key>.tar.zst".
std::string shard_name(const Digest& key);
std::string entry_name(const Digest& key);

bool is_tier_name(std::string_view name);
bool is_shard_name(std::string_view name);
bool is_entry_name(std::string_view name);
bool is_temporary_name(std::string_view name);

}  // namespace vc::agent
