// YarnEntries: the entries of a yarn.lock by descriptor ("react@^18.0.0") and by name.
#pragma once

#include "agent/lockfile/lock_graph.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace vc::agent {

enum class YarnNeed { required, optional };

// "@scope/a@^1.0.0" is of "@scope/a".
std::string_view name_of_descriptor(std::string_view descriptor);

class YarnEntries {
 public:
  YarnEntries(LockGraph& graph, const LockContext& context);

  void add(std::string_view descriptor, LockId entry);

  // Makes `user` depend on what `name@range` came to. When the lockfile has other words for it,
  // every entry of the name counts: one too many costs a rebuild, one too few a stale hit.
  void require(LockId user, std::string_view name, std::string_view range, YarnNeed need);

 private:
  LockGraph& graph_;
  std::unordered_set<std::string> overridden_;
  std::unordered_set<std::string> local_;  // Names of packages of the workspace.
  std::unordered_map<std::string, LockId> by_descriptor_;
  std::unordered_map<std::string, std::vector<LockId>> by_name_;
  std::unordered_map<std::string, std::vector<LockId>> patches_;  // By name.
};

}  // namespace vc::agent
