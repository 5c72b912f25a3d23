// Config: velocity.yml as values. yaml-cpp stops here.
//
// Every mistake of the file is found in one pass and reported with its position; unknown and
// duplicate keys, wrong types, too deep nesting and patterns that leave the package are errors.
// `${VAR}` is expanded in remote.* values only. The format is documented in docs/velocity-yml.md.
#pragma once

#include "agent/config/execution_rules.hpp"
#include "agent/diagnostic.hpp"
#include "core/env.hpp"
#include "core/files.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kConfigBytesMax = 1 << 20;

// A list of globs with the position of each, for messages that name the pattern.
struct PatternList {
  std::vector<std::string> patterns;
  std::vector<SourcePosition> positions;
};

// What of a dependency counts in the key of its user: its own key, and so all it is made of, or
// only what it has made.
enum class DependencyOn : std::uint8_t { inputs, outputs };

struct DependencyPattern {
  enum class Kind { same_package, dependencies, exact_package };  // `task`, `^task`, `pkg#task`.
  Kind kind = Kind::same_package;
  std::string package;  // exact_package only.
  std::string task;
  SourcePosition at;
  DependencyOn on = DependencyOn::inputs;
};

enum class TaskKey : std::uint8_t {
  command,
  inputs,
  outputs,
  depends_on,
  env,
  pass_env,
  tools,
  cache,
  incremental,
  outputs_optional,
  platform,
  description,
  retries,
  timeout,
  weight,
  mutex,
  persistent,
  ready_when,
  script_runner,
};

// Which keys a definition gives: these are what a package's override replaces.
class TaskKeys {
 public:
  void insert(TaskKey key) { bits_ |= bit(key); }

  bool contains(TaskKey key) const { return (bits_ & bit(key)) != 0; }

 private:
  static std::uint32_t bit(TaskKey key) { return 1U << static_cast<unsigned>(key); }

  std::uint32_t bits_ = 0;
};

// How `npm run x` runs: the script itself, or npm, which then runs it. Both give the same result.
enum class ScriptRunner : std::uint8_t { direct, package_manager };

struct TaskDefinition {
  std::string name;
  std::string command;  // Empty in a per-package override that keeps the root's command.
  std::optional<PatternList> inputs;  // nullopt: the default inputs.
  // `inputs` adds to the default inputs, and takes from them with `!`.
  bool inputs_extend_defaults = false;
  PatternList root_inputs;  // Relative to the workspace; beside `inputs`.
  PatternList outputs;
  std::vector<DependencyPattern> depends_on;
  // Tasks that run beside this one whenever it runs; the one waits for none of the others.
  std::vector<DependencyPattern> with;
  // Names or NAME_* patterns, `!` before those left out; hashed and passed. `env_keys` is the same.
  std::vector<std::string> env;
  std::vector<std::string> pass_env;  // Passed, not hashed.
  std::vector<std::string> tools;     // Commands whose output is part of the key.
  bool cache = true;
  bool incremental = false;       // Outputs are kept while the task runs.
  bool outputs_optional = false;  // No output at all is a valid result.
  bool platform_independent = false;
  std::string description;
  ExecutionRules rules;
  ScriptRunner script_runner = ScriptRunner::direct;  // When given; else Config's.
  TaskKeys given;
  SourcePosition at;

  // Whether results are kept: what does not end has none.
  bool is_cached() const { return cache && !rules.persistent; }
};

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
