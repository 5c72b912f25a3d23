// LockGraph: what a lockfile says, whichever package manager wrote it: which packages of the
// workspace get which packages from outside, and what these bring along.
#pragma once

#include "agent/workspace/manifest.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vc::agent {

using LockId = std::uint32_t;  // Index into LockGraph::nodes.

struct LockNode {
  // Everything that tells what is installed: name, version, origin, integrity, as the lockfile
  // writes them. "" for a package of the workspace: its files are there to be hashed.
  std::string identity;
  std::vector<LockId> dependencies;
  // It needs something for which the lockfile has no entry that we can find.
  bool unresolved = false;
};

struct LockGraph {
  // Of pnpm and yarn 1 those of the file's entries come first, in its order: prune takes them so.
  std::vector<LockNode> nodes;
  // The packages of the workspace, by directory; "" is the root.
  std::map<std::string, LockId, std::less<>> importers;
  // What the lockfile says about all packages at once, such as overrides.
  std::string settings;

  LockId add(std::string identity) {
    nodes.push_back({.identity = std::move(identity), .dependencies = {}});
    return static_cast<LockId>(nodes.size() - 1);
  }
};

// What a lockfile of yarn does not repeat from the manifests.
struct LockImporter {
  std::string directory;
  std::string name;
  const std::vector<ManifestDependency>* dependencies = nullptr;
};

struct LockContext {
  std::vector<LockImporter> importers;  // The root's as well.
  std::vector<std::string> overridden;  // Names that `resolutions` of the root gives versions to.
};

// Each is one format. An error says why the file cannot be taken apart: of another version,
// damaged, with something in it that we do not know.

// package-lock.json and npm-shrinkwrap.json, lockfileVersion 2 and 3.
Result<LockGraph> read_npm_lock(std::string_view text);
// bun.lock, lockfileVersion 0 and 1.
Result<LockGraph> read_bun_lock(std::string_view text);
// pnpm-lock.yaml, lockfileVersion 6.x and 9.0.
Result<LockGraph> read_pnpm_lock(std::string_view text);
// yarn.lock of yarn 1.
Result<LockGraph> read_yarn_classic_lock(std::string_view text, const LockContext& context);
// yarn.lock of yarn 2 and later: YAML with `__metadata`.
Result<LockGraph> read_yarn_berry_lock(std::string_view text, const LockContext& context);

// By the name of the file and, for yarn.lock, its content.
Result<LockGraph> read_lockfile(std::string_view file, std::string_view text,
                                const LockContext& context);

}  // namespace vc::agent
