// Drafts of velocity.yml for what is found in a folder, most specific first.
#pragma once

#include "agent/commands/init/draft.hpp"
#include "agent/diagnostic.hpp"
#include "agent/workspace.hpp"

#include <expected>
#include <optional>
#include <string>

namespace vc::agent {

// turbo.json, then nx.json, package.json, Cargo.toml, go.mod, Python, CMake, Make; a task to
// replace when there is none of them. Errors are those of files that cannot be read.
std::expected<Draft, Diagnostics> draft_for(const fs::path& directory);

// From turbo.json or turbo.jsonc; nullopt when there is none. `workspace` tells the package
// manager.
std::expected<std::optional<Draft>, Diagnostics> draft_of_turbo(const fs::path& directory,
                                                                const Workspace& workspace);

// From nx.json and each project.json; nullopt when there is none, or none of its targets is a
// script.
std::expected<std::optional<Draft>, Diagnostics> draft_of_nx(const fs::path& directory,
                                                             const Workspace& workspace);

// From the scripts of the packages; nullopt when none is one we know.
std::optional<Draft> draft_of_scripts(const Workspace& workspace);

// From files of other languages; nullopt when there is none.
std::expected<std::optional<Draft>, Diagnostics> draft_of_build_files(const fs::path& directory);

// For packages of one kind, Cargo, Go or Python; nullopt for others and for a root alone. `whole`
// is the draft for the folder as one package.
std::optional<Draft> draft_of_native_workspace(const Workspace& workspace, const Draft& whole);

// "npm" when there is no lockfile to tell.
std::string package_manager_of(const Workspace& workspace);

}  // namespace vc::agent
