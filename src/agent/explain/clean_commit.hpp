// CleanCommit: which commit the files of this workspace are, told by the git program.
#pragma once

#include "agent/run/run_context.hpp"
#include "agent/selection/git_command.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct PlaceInHistory {
  std::string workspace;  // In the repository: "" or "tools/web/".
  std::string commit;     // HEAD
};

// Whether a directory above the workspace, or its own, looks like a repository: a few stats, for
// those who would not start a process for nothing.
bool may_have_repository(const fs::path& workspace_root);

// nullopt outside of a repository, without git, and before the first commit. `git` stands in the
// root of the workspace.
std::optional<PlaceInHistory> place_in_history(GitCommand& git);

// The same, but only where the inputs of all tasks are what HEAD has: no tracked file of the
// workspace differs, and no input is untracked. Ignored inputs count as clean: a fresh clone makes
// them again.
std::optional<PlaceInHistory> clean_commit(GitCommand& git, const RunContext& run);

// HEAD and its first parents, newest first, at most `count`; shorter in a shallow clone.
std::vector<std::string> recent_commits(GitCommand& git, std::size_t count);

}  // namespace vc::agent
