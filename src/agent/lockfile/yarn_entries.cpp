#include "agent/lockfile/yarn_entries.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vc::agent {

std::string_view name_of_descriptor(std::string_view descriptor) {
  return descriptor.substr(0, descriptor.find('@', 1));
}

YarnEntries::YarnEntries(LockGraph& graph, const LockContext& context)
    : graph_(graph), overridden_(context.overridden.begin(), context.overridden.end()) {
  for (const LockImporter& importer : context.importers) {
    local_.insert(importer.name);
  }
}

void YarnEntries::add(std::string_view descriptor, LockId entry) {
  const std::string_view name = name_of_descriptor(descriptor);
  by_descriptor_.emplace(descriptor, entry);
  auto& same_name = by_name_[std::string(name)];
  if (std::ranges::find(same_name, entry) == same_name.end()) {
    same_name.push_back(entry);
  }
  if (descriptor.substr(name.size()).starts_with("@patch:")) {
    patches_[std::string(name)].push_back(entry);
  }
}

void YarnEntries::require(LockId user, std::string_view name_text, std::string_view range,
                          YarnNeed need) {
  LockNode& node = graph_.nodes[user];
  const std::string name(name_text);
  auto found = by_descriptor_.find(fmt::format("{}@{}", name, range));
  if (found == by_descriptor_.end()) {
    found = by_descriptor_.find(fmt::format("{}@npm:{}", name, range));
  }
  if (found != by_descriptor_.end() && !overridden_.contains(name)) {
    node.dependencies.push_back(found->second);
    // yarn patches some packages of itself; the entry of the range is then what the patch is for.
    if (const auto patched = patches_.find(name); patched != patches_.end()) {
      node.dependencies.insert(node.dependencies.end(), patched->second.begin(),
                               patched->second.end());
    }
    return;
  }
  const auto same_name = by_name_.find(name);
  if (same_name != by_name_.end()) {
    node.dependencies.insert(node.dependencies.end(), same_name->second.begin(),
                             same_name->second.end());
  } else if (need == YarnNeed::required && !local_.contains(name)) {
    node.unresolved = true;
  }
}

}  // namespace vc::agent
