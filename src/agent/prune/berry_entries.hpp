// The entries of a yarn.lock of yarn 2 and later, and what its packages' dependencies came to.
#pragma once

#include "agent/lockfile/lock_text.hpp"
#include "agent/prune/yarn_descriptor.hpp"
#include "agent/prune/yarn_resolutions.hpp"
#include "core/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vc::agent {

inline constexpr std::string_view kWorkspaceProtocol = "workspace:";
inline constexpr std::string_view kBuiltinPatch = "builtin<";  // Of yarn itself.

// Borrows the lockfile.
struct BerryLockEntry {
  const LockTextNode* node = nullptr;
  std::vector<std::string_view> descriptors;
  std::string_view name;
  std::string_view reference;            // "npm:1.0.0", "workspace:packages/a".
  std::optional<std::string> directory;  // Of a package of the workspace.
};

// "left@npm:^1.0.0, left@npm:^1.1.0" is two.
std::vector<std::string_view> descriptors_of(std::string_view key);

// In the file's order. Errc::invalid for what is written in another way than yarn's, and where two
// entries are for one descriptor.
Result<std::vector<BerryLockEntry>> berry_entries(const LockText& tree);

// Which descriptors lead to which entry.
class BerryDescriptors {
 public:
  // Both must outlive it.
  BerryDescriptors(const std::vector<BerryLockEntry>& entries, const YarnResolutions& resolutions);

  // Of a descriptor that an entry has, as the two below give them.
  std::size_t entry(std::string_view descriptor) const {
    return entry_of_.find(descriptor)->second;
  }

  // What the entry's dependency came to; nullopt when the lockfile does not say.
  std::optional<std::string_view> resolve(const BerryLockEntry& user, std::string_view name,
                                          std::string_view range) const;
  std::optional<std::string_view> find_source(const YarnPatch& patch) const;

 private:
  std::string root_locator() const;
  std::optional<std::string_view> find(std::string_view name, std::string_view range,
                                       const std::string& locator) const;

  const std::vector<BerryLockEntry>& entries_;
  const YarnResolutions& resolutions_;
  std::unordered_map<std::string_view, std::size_t> entry_of_;
  std::unordered_map<std::string_view, std::string_view> builtin_patches_;  // By source.
};

}  // namespace vc::agent
