// prune(): a part of a workspace, complete in itself: some packages, all they need, and what lies
// at the root. For images: a change elsewhere leaves it as it is, byte by byte.
#pragma once

#include "agent/selection/package_walk.hpp"
#include "agent/workspace.hpp"

#include <string>
#include <vector>

namespace vc::agent {

// Marks an output folder as made here: such a one may be emptied and made anew.
inline constexpr std::string_view kPruneMarker = ".velocity-prune";

enum class PruneLayout {
  whole,   // One tree.
  docker,  // `json/` has manifests and the lockfile, `full/` all sources.
};

struct PruneRequest {
  std::vector<PackageId> packages;
  PruneLayout layout = PruneLayout::whole;
  std::string output;  // The output folder, relative to the root, where it lies inside: no source.
};

struct PrunedWorkspace {
  std::vector<PackageId> packages;  // Ascending.
  std::size_t files = 0;            // Copied, links included.
  // "" when the lockfile was pruned too (or there is none); else why all of it was copied.
  std::string whole_lockfile;
  std::vector<std::string> notes;  // Of files of Cargo and its like that cannot be cut down.
};

// Those, what the root's manifest names (it comes along, and nothing can be installed without), and
// all that these use.
PackageSet needed_packages(const Workspace& workspace, const std::vector<PackageId>& packages);

// Writes into `output_fd` and nowhere else; what is there already stays, unless it has the same
// name. Development dependencies count as others do. Blocks.
Result<PrunedWorkspace> prune(const Config& config, const Workspace& workspace,
                              const PruneRequest& request, int output_fd);

}  // namespace vc::agent
