#include "agent/prune/berry_entries.hpp"

#include "agent/lockfile/lock_json.hpp"
#include "agent/lockfile/yarn_entries.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::string_view kBerryMetadata = "__metadata";

BerryLockEntry entry_of(const LockText& tree, const LockTextNode& node) {
  const std::string_view resolution = tree.text(node, "resolution");
  BerryLockEntry entry{.node = &node, .descriptors = descriptors_of(node.key)};
  entry.name = name_of_descriptor(resolution);
  entry.reference = resolution.substr(std::min(entry.name.size() + 1, resolution.size()));
  if (entry.reference.starts_with(kWorkspaceProtocol)) {
    entry.directory = importer_directory(entry.reference.substr(kWorkspaceProtocol.size()));
  }
  return entry;
}

bool is_never_in_a_key(char c) {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ';
}

std::string locator_of(const BerryLockEntry& entry) {
  return fmt::format("{}@{}", entry.name, entry.reference);
}

}  // namespace

std::vector<std::string_view> descriptors_of(std::string_view key) {
  std::vector<std::string_view> descriptors;
  while (!key.empty()) {
    const std::size_t comma = std::min(key.find(','), key.size());
    if (const auto descriptor = trimmed(key.substr(0, comma)); !descriptor.empty()) {
      descriptors.push_back(descriptor);
    }
    key.remove_prefix(std::min(comma + 1, key.size()));
  }
  return descriptors;
}

Result<std::vector<BerryLockEntry>> berry_entries(const LockText& tree) {
  std::vector<BerryLockEntry> entries;
  bool is_as_yarn_writes = true;
  bool is_first = true;  // Which is yarn's own.
  tree.for_each(tree.root(), [&](const LockTextNode& node) {
    if (std::exchange(is_first, false)) {
      is_as_yarn_writes = node.key == kBerryMetadata;
      return;
    }
    const std::string_view line = node.raw.substr(0, node.raw.find_first_of("\r\n"));
    is_as_yarn_writes = is_as_yarn_writes && line.ends_with(':') && line.size() < node.raw.size() &&
                        std::ranges::none_of(node.key, is_never_in_a_key);
    entries.push_back(entry_of(tree, node));
  });
  if (!is_as_yarn_writes || entries.empty()) {
    return fail(Errc::invalid, "its entries are not written as yarn writes them");
  }
  std::set<std::string_view> descriptors;
  for (const BerryLockEntry& entry : entries) {
    for (const std::string_view descriptor : entry.descriptors) {
      if (!descriptors.insert(descriptor).second) {
        return fail(Errc::invalid, fmt::format("two entries are for \"{}\"", descriptor));
      }
    }
  }
  return entries;
}

BerryDescriptors::BerryDescriptors(const std::vector<BerryLockEntry>& entries,
                                   const YarnResolutions& resolutions)
    : entries_(entries), resolutions_(resolutions) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (const std::string_view descriptor : entries[i].descriptors) {
      entry_of_.emplace(descriptor, i);
    }
  }
  for (const BerryLockEntry& entry : entries) {
    for (const std::string_view descriptor : entry.descriptors) {
      const auto patch = patch_of_descriptor(descriptor);
      const auto source =
          patch && patch->files.contains(kBuiltinPatch) ? find_source(*patch) : std::nullopt;
      if (source) {
        builtin_patches_.emplace(*source, descriptor);
      }
    }
  }
}

std::optional<std::string_view> BerryDescriptors::resolve(const BerryLockEntry& user,
                                                          std::string_view name,
                                                          std::string_view range) const {
  const auto instead = resolutions_.find(user.name, user.reference, name, range);
  const auto found =
      instead ? find(name, *instead, root_locator()) : find(name, range, locator_of(user));
  // yarn patches some packages of itself, to whoever asks for them.
  const auto patched = found ? builtin_patches_.find(*found) : builtin_patches_.end();
  return patched == builtin_patches_.end() ? found : std::optional(patched->second);
}

std::optional<std::string_view> BerryDescriptors::find_source(const YarnPatch& patch) const {
  const std::string_view name = name_of_descriptor(patch.source);
  const std::string_view range =
      std::string_view(patch.source).substr(std::min(name.size() + 1, patch.source.size()));
  return find(name, range, root_locator());
}

std::string BerryDescriptors::root_locator() const {
  const auto root = std::ranges::find(entries_, "", &BerryLockEntry::directory);
  return root == entries_.end() ? std::string() : locator_of(*root);
}

// Ranges without a protocol are npm's; those that name a file are bound to whoever names it.
std::optional<std::string_view> BerryDescriptors::find(std::string_view name,
                                                       std::string_view range,
                                                       const std::string& locator) const {
  const std::string bound = "::locator=" + percent_encoded(locator);
  for (const std::string& descriptor :
       {fmt::format("{}@{}", name, range), fmt::format("{}@npm:{}", name, range),
        fmt::format("{}@{}{}", name, range, bound)}) {
    if (const auto found = entry_of_.find(descriptor); found != entry_of_.end()) {
      return found->first;
    }
  }
  return std::nullopt;
}

}  // namespace vc::agent
