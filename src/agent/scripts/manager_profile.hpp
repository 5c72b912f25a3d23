// ManagerProfile: the environment that a package manager gives to scripts, as a change of its own:
// what is the same for all packages of a workspace was seen once, what is not is derived here.
//
// A profile is only ever made from a record of the real manager, and only when what is derived for
// the recorded script equals the record, variable by variable.
#pragma once

#include "agent/scripts/recorded_script.hpp"
#include "agent/scripts/script_call.hpp"
#include "agent/scripts/script_package.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct ManagerProfile {
  ManifestDialect dialect = ManifestDialect::npm;
  bool names_manifest = false;  // `npm_package_json`
  // What becomes of variables; nullopt: the manager unsets it.
  std::map<std::string, std::optional<std::string>> changes;
  std::vector<std::string> path;  // Between the folders of the package and what PATH was.
  // Programs that it makes for its scripts and puts first in PATH: yarn's `node` and `yarn`.
  std::map<std::string, std::string> programs;
};

// Where a script runs.
struct ScriptPlace {
  ScriptManager manager = ScriptManager::npm;
  fs::path directory;     // Of the package: absolute, without links.
  fs::path local_prefix;  // npm, yarn: the workspace of the package, else the package itself.
  fs::path programs;      // yarn: the folder with the programs of its profile.
};

// One of the processes of `npm run X`.
struct ScriptEvent {
  std::string name;                // "prebuild", "build", "postbuild"
  std::string script;              // As the manifest has it.
  std::string command;             // For `sh -c`: with the arguments.
  std::vector<std::string> words;  // What the manager was started with, without its name.
};

// What the script gets when the manager was given `base`. Errc::invalid when the manifest is one of
// which that cannot be told.
Result<Variables> script_environment(const ManagerProfile& profile, const ScriptPlace& place,
                                     const ScriptPackage& package, const Variables& base,
                                     const ScriptEvent& event);

// Errc::invalid, saying why, when scripts cannot be given what this manager gives them.
// The folder of yarn's own programs is read.
Result<ManagerProfile> learn_profile(RecordedScript recorded, const fs::path& shell,
                                     ScriptPlace place, const ScriptPackage& package,
                                     const Variables& base, const ScriptEvent& event);

// As a file; Errc::corrupt for a file that is none.
std::string profile_json(const ManagerProfile& profile);
Result<ManagerProfile> parse_profile(std::string_view json);

}  // namespace vc::agent
