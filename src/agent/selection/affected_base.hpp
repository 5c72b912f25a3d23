// What `--affected` compares with.
#pragma once

#include "agent/selection/git_command.hpp"
#include "agent/selection/select_packages.hpp"

#include <string>

namespace vc::agent {

// The first of: `wanted` (`--affected=REVISION`), VELOCITY_SCM_BASE, the branch a pull request on
// GitHub goes to (GITHUB_BASE_REF), the default branch (that of origin, else main, else master),
// each as a branch here or of origin. The end is VELOCITY_SCM_HEAD, else HEAD. What a person named
// is not checked here; where all guesses fail, `unknown` says so.
AffectedBase find_affected_base(GitCommand& git, const Environment& environment,
                                const std::string& wanted);

}  // namespace vc::agent
