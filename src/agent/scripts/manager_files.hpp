// The files that decide what a package manager gives to scripts: its program, node, and every file
// of settings that it may read for a package.
#pragma once

#include "agent/scripts/manager_profile.hpp"
#include "agent/scripts/script_call.hpp"
#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <string>
#include <vector>

namespace vc::agent {

struct ManagerFiles {
  fs::path program;                // What PATH names, links resolved.
  std::vector<fs::path> programs;  // `program` and node.
  std::vector<fs::path> settings;  // Whether they exist or not.
};

struct ProgramPackage {
  std::string name;
  std::string version;
};

// What the nearest package.json above a program says; empty where there is none.
ProgramPackage package_of_program(const fs::path& program);

// Errc::not_found when PATH of `base` has no such program; Errc::invalid for a pnpm that is not
// pnpm's own program nor corepack's, and for a yarn that is not yarn 1 (agent/scripts/yarn_files).
Result<ManagerFiles> manager_files(const ScriptPlace& place, const std::string& program,
                                   const Variables& base);

// Path, size, times and inode of all of them, as text.
std::string identity_of(const ManagerFiles& files);

// Errc::invalid naming the file when settings say that scripts are to be run in another way (a
// shell of their own, options for node, no pre and post scripts) or hold a relative path, whose
// meaning depends on the package. Reads every file.
Result<void> check_settings(const ManagerFiles& files);

// Where npm thinks the package belongs: the nearest folder above whose `workspaces` name it, else
// its own. Yarn asks the nearest that has `workspaces` only. For pnpm the nearest folder with a
// pnpm-workspace.yaml. Errc::invalid when the patterns are not plain enough to be sure.
Result<fs::path> local_prefix(ScriptManager manager, const fs::path& package);

}  // namespace vc::agent
