// select_packages(): what `--filter`, `--package` and `--affected` select together.
//
// The filters without "!" are united (with the packages of `--package`); without any of them it is
// every package. Then the filters with "!" are taken away, and what is not affected is, too. Pure
// but for the ChangedFiles seam, which is only asked when a filter names a revision.
#pragma once

#include "agent/selection/changed_files.hpp"
#include "agent/selection/filter.hpp"
#include "agent/workspace.hpp"

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `--affected`: packages changed since the merge base, and their dependents.
struct AffectedBase {
  std::string base;           // A revision; "" is not known, and everything is affected.
  std::string head = "HEAD";  // Uncommitted changes count beside it.
  std::string unknown;        // Why `base` is "".
};

// By PackageId: which packages the lockfile of the workspace concerns that was `before` and is
// `now`.
using LockfileUsers =
    std::function<std::vector<bool>(std::string_view before, std::string_view now)>;

struct SelectionRequest {
  std::vector<Filter> filters;
  std::vector<PackageId> named;          // By `--package`.
  std::optional<AffectedBase> affected;  // nullopt without the flag.
  std::string directory;                 // Where the user stands, relative to the root; "" there.
  LockfileUsers lockfile_users;          // Without it a changed lockfile concerns every package.
};

struct SelectedPackages {
  std::vector<PackageId> packages;  // Ascending; may be empty.
  Diagnostics warnings;
};

// Errors: a name or folder that no package has (with a suggestion), an unknown revision, changes
// that cannot be told. Blocks as long as `changes` does.
std::expected<SelectedPackages, Diagnostics> select_packages(const Config& config,
                                                             const Workspace& workspace,
                                                             const SelectionRequest& request,
                                                             ChangedFiles& changes);

}  // namespace vc::agent
