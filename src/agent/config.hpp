// Config: velocity.yml as values. yaml-cpp stops here.
//
// Every mistake of the file is found in one pass and reported with its position; unknown and
// duplicate keys, wrong types, too deep nesting and patterns that leave the package are errors.
// `${VAR}` is expanded in remote.* values only. The format is documented in docs/velocity-yml.md.
#pragma once

#include "agent/config/task_definition.hpp"
#include "agent/diagnostic.hpp"
#include "core/env.hpp"
#include "core/files.hpp"

#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kConfigBytesMax = 1 << 20;

struct RemoteConfig {
  bool enabled = false;        // Without the key: whether there is a url.
  std::string url;             // Without a final slash.
  std::string token;           // Expanded; never printed.
  std::string token_variable;  // The first variable in it, for messages; "" for a literal.
  bool shares_notes = true;    // What `why` needs on other machines.
  // Set when a `${VAR}` of an enabled remote is unset or empty where a value is needed: `enabled`
  // is then false, and the run says why.
  std::string missing_variable;
};

struct TurboFile;  // turbo/turbo_file.hpp

struct Config {
  fs::path root;     // The folder of velocity.yml, absolute and without symbolic links.
  std::string file;  // "velocity.yml", or "turbo.json"
  std::string project_id;
  std::optional<PatternList> packages;
  std::map<std::string, TaskDefinition> pipeline;
  // Of the root alone (`//#format`), by the name without `//#`: on top of `pipeline`, as a
  // package's own are.
  std::map<std::string, TaskDefinition> root_tasks;
  std::vector<std::string> global_inputs;
  std::vector<std::string> global_env;
  ScriptRunner script_runner = ScriptRunner::direct;
  RemoteConfig remote;
  std::string text;  // The file itself, for the excerpts of later diagnostics.
  Diagnostics warnings;
  bool loose_environment = false;  // Unless the command line says otherwise.
  // Set when the configuration is a turbo.json: packages then have one where others have a
  // velocity.yml, and what a package lacks is a task that does nothing, as Turborepo has it.
  std::shared_ptr<const TurboFile> turbo;
};

// A velocity.yml inside a package: its name, extra dependencies and task overrides.
struct PackageConfig {
  std::string name;
  SourcePosition name_at;
  std::vector<std::string> depends_on;  // Names or directories of packages.
  std::vector<SourcePosition> depends_on_at;
  std::map<std::string, TaskDefinition> pipeline;
};

// The workspace's velocity.yml for a command started in `start`: the nearest one, there or above,
// with a line that begins with `version:`. A velocity.yml without it is a package's own. When no
// file has one, the nearest turbo.json that is not a package's is the workspace's; without that the
// outermost velocity.yml is meant to be, and load_config() says what it lacks.
std::optional<fs::path> find_config(const fs::path& start);

// Of a velocity.yml or a turbo.json.
std::expected<Config, Diagnostics> load_config(const fs::path& file,
                                               const Environment& environment);
// `file` need not exist; its folder becomes Config::root.
std::expected<Config, Diagnostics> parse_config(std::string_view text, const fs::path& file,
                                                const Environment& environment);
// `file` is what diagnostics call it: "packages/web/velocity.yml".
std::expected<PackageConfig, Diagnostics> parse_package_config(std::string_view text,
                                                               const fs::path& file);

}  // namespace vc::agent
