// The projects of a workspace of Nx, as their own files describe them.
#pragma once

#include "agent/diagnostic.hpp"
#include "agent/nx/nx_file.hpp"
#include "agent/workspace.hpp"
#include "core/files.hpp"

#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

// project.json on top of the member `nx` of package.json; nullopt without both files. Blocking.
std::expected<std::optional<NxFile>, Diagnostics> read_nx_project(const fs::path& directory,
                                                                  const Package& package);

// The project.json files of projects that are no packages, as seen from `directory`, sorted. Not
// looked for in what is hidden, installed or built, nor past 100,000 entries. Blocking.
std::vector<std::string> other_nx_projects(const fs::path& directory, const Workspace& workspace);

}  // namespace vc::agent
