// A workspace that has a turbo.json and no velocity.yml, as our configuration.
#pragma once

#include "agent/config.hpp"
#include "agent/turbo/turbo_file.hpp"
#include "agent/workspace.hpp"
#include "agent/workspace/loaded_package.hpp"

#include <expected>
#include <string_view>
#include <vector>

namespace vc::agent {

// Whether the file is a workspace's turbo.json by its name.
bool is_turbo_file(const fs::path& file);

// Which variables that are passed and not hashed the definitions name: also those that Turborepo
// passes to every task by itself, or only what is declared, for `velocity init`.
enum class TurboPassed { all, declared };

// As parse_config(). Config::warnings says once what of the file has no effect here.
std::expected<Config, Diagnostics> parse_turbo_config(std::string_view text, const fs::path& file,
                                                      TurboPassed passed = TurboPassed::all);

// Whether there are tasks of the root itself (`//#check`), which makes it a package; of a
// velocity.yml too.
bool has_root_tasks(const Config& config);

// Adds what differs from package to package: `web#build`, turbo.json files in packages, the
// variables of frameworks. Of two tasks of a package that write to the same files the one that
// comes later is not cached. `loaded` and the packages have the same order. Blocking: reads files.
Diagnostics add_turbo_tasks(const Config& config, const std::vector<LoadedPackage>& loaded,
                            Workspace& workspace);

}  // namespace vc::agent
