#include "agent/lockfile/lock_closures.hpp"

#include "agent/lockfile/strong_components.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

// The lockfile's nodes and the packages of the workspace as one graph.
class Closures {
 public:
  Closures(const LockGraph& graph, const Workspace& workspace) {
    leads_to_.reserve(graph.nodes.size() + workspace.packages.size());
    identities_.reserve(leads_to_.capacity());
    for (const LockNode& node : graph.nodes) {
      leads_to_.push_back(node.dependencies);
      identities_.push_back(sha256(node.identity));
      unresolved_.push_back(node.unresolved);
    }
    for (const Package& package : workspace.packages) {
      node_of_package_.push_back(node_of(package, graph));
    }
    for (const Package& package : workspace.packages) {
      for (const PackageId dependency : package.dependencies) {
        leads_to_[node_of_package_[package.id]].push_back(node_of_package_[dependency]);
      }
    }
    digests_.resize(leads_to_.size());
    component_.resize(leads_to_.size());
    for (const auto& members : strong_components(leads_to_)) {
      add_component(members);
    }
  }

  const std::vector<LockId>& node_of_package() const { return node_of_package_; }

  // nullopt when something it reaches is unresolved.
  std::optional<Digest> of(LockId node) const {
    return unresolved_[node] ? std::nullopt : std::optional(digests_[node]);
  }

 private:
  LockId node_of(const Package& package, const LockGraph& graph) {
    const auto importer = graph.importers.find(package.directory);
    if (importer != graph.importers.end()) {
      return importer->second;
    }
    leads_to_.emplace_back();
    identities_.push_back(sha256(""));
    unresolved_.push_back(!package.manifest.empty());
    return static_cast<LockId>(leads_to_.size() - 1);
  }

  // What it leads to is done, but for its own members, which count by what they are.
  Digest described(LockId node, std::uint32_t component) {
    parts_.clear();
    for (const LockId target : leads_to_[node]) {
      parts_.push_back(component_[target] == component ? identities_[target] : digests_[target]);
    }
    return digest_of(identities_[node]);
  }

  // Of `first` and the parts, in an order and number that do not depend on the lockfile's.
  Digest digest_of(const Digest& first) {
    std::ranges::sort(parts_);
    const auto repeated = std::ranges::unique(parts_);
    parts_.erase(repeated.begin(), repeated.end());
    hasher_.update(first.bytes());
    for (const Digest& part : parts_) {
      hasher_.update(part.bytes());
    }
    return hasher_.finish();
  }

  void add_component(const std::vector<LockId>& members) {
    const std::uint32_t component = ++components_;
    bool unresolved = false;
    for (const LockId member : members) {
      component_[member] = component;
    }
    std::vector<Digest> of_members;
    for (const LockId member : members) {
      of_members.push_back(described(member, component));
      unresolved = unresolved || unresolved_[member];
      for (const LockId target : leads_to_[member]) {
        unresolved = unresolved || unresolved_[target];
      }
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      parts_ = of_members;
      digests_[members[i]] = digest_of(of_members[i]);
      unresolved_[members[i]] = unresolved;
    }
  }

  Adjacency leads_to_;
  std::vector<Digest> identities_;
  std::vector<bool> unresolved_;  // Also of what it leads to, once its component is done.
  std::vector<Digest> digests_;
  std::vector<std::uint32_t> component_;  // From 1; 0 is not done yet.
  std::vector<LockId> node_of_package_;   // By PackageId.
  std::vector<Digest> parts_;
  Hasher hasher_;
  std::uint32_t components_ = 0;
};

}  // namespace

std::vector<std::optional<Digest>> closure_digests(const LockGraph& graph,
                                                   const Workspace& workspace) {
  const Closures closures(graph, workspace);
  const Digest settings = sha256(graph.settings);
  const auto root = graph.importers.find("");
  const bool has_root = root != graph.importers.end();
  const auto of_root = has_root ? closures.of(root->second) : std::optional(Digest());
  Hasher hasher;
  std::vector<std::optional<Digest>> digests;
  digests.reserve(workspace.packages.size());
  for (const LockId node : closures.node_of_package()) {
    const auto own = closures.of(node);
    if (!of_root || !own) {
      digests.emplace_back(std::nullopt);
      continue;
    }
    for (const Digest& part : {settings, *of_root, *own}) {
      hasher.update(part.bytes());
    }
    digests.emplace_back(hasher.finish());
  }
  return digests;
}

}  // namespace vc::agent
