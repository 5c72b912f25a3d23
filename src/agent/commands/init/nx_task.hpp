// A target of Nx as a task of velocity.yml.
#pragma once

#include "agent/commands/init/draft.hpp"
#include "agent/nx/nx_file.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Where the target stands.
struct NxPlace {
  std::string_view package_manager;  // "npm"
  const std::map<std::string, NxInputs>& named_inputs;
  const std::set<std::string>& cacheable;
  // Of the project; "" and "" where it is any, and the target is a script of its package.json.
  std::string_view directory;
  std::string_view project;
  bool has_script = true;  // package.json has a script of the target's name.
};

// `own` on top of `base`, key by key.
NxTarget merged_nx_target(const NxTarget& base, const NxTarget& own);

// `depends_on` as Nx has it, with `#` for the `:` behind a project. What cannot be said is in the
// task's comments.
DraftTask nx_task(const std::string& name, const NxTarget& target, const NxPlace& place);

// Unless the list has it.
void append_unique(std::vector<std::string>& list, std::string text);

}  // namespace vc::agent
