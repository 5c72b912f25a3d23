// Walking a package for its outputs: what lies under the globs, and which subtrees are nothing but
// outputs.
#pragma once

#include "agent/outputs.hpp"
#include "core/directory_listing.hpp"
#include "core/result.hpp"

#include <string>
#include <vector>

namespace vc::agent {

Result<UniqueFd> open_package(const OutputScope& scope);

struct FoundOutput {
  std::string path;                   // Relative to the package.
  FileKind kind = FileKind::regular;  // A directory is one without entries.
  FileStamp stamp;                    // This and the next only with WalkDetail::stamps.
  dev_t device = 0;
};

struct OutputTree {
  std::vector<FoundOutput> outputs;  // Sorted by path.
  // The highest paths below which everything is an output, so that removing these removes the
  // outputs, directories left empty included, and nothing else. Sorted.
  std::vector<std::string> owned_roots;
};

enum class WalkDetail { names, stamps };

// What was installed is nobody's output: a `node_modules` at the top, or beside a package.json, is
// entered only for a pattern that names it or takes in all of a folder around it, as ".next/**"
// does. "**/*.js" means what a task makes of its sources.
//
// `package_fd` is open for reading. No link is followed. Reserved names are never outputs
// (output_path.hpp). Directories deeper than kOutputDepthMax are Errc::too_large.
Result<OutputTree> walk_outputs(int package_fd, const GlobSet& globs, WalkDetail detail);

}  // namespace vc::agent
