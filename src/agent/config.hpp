// Config: velocity.yml as values. yaml-cpp stops here.
//
// Every mistake of the file is found in one pass and reported with its position; unknown and
// duplicate keys, wrong types, too deep nesting and patterns that leave the package are errors.
// `${VAR}` is expanded in remote.* values only.
#pragma once

#include "agent/diagnostic.hpp"
#include "core/env.hpp"
#include "core/files.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
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

struct DependencyPattern {
  enum class Kind { same_package, dependencies, exact_package };  // `task`, `^task`, `pkg#task`.
  Kind kind = Kind::same_package;
  std::string package;  // exact_package only.
  std::string task;
  SourcePosition at;
};

struct TaskDefinition {
  std::string name;
  std::string command;  // Empty in a per-package override that keeps the root's command.
  std::optional<PatternList> inputs;  // nullopt: the default inputs.
  PatternList outputs;
  std::vector<DependencyPattern> depends_on;
  std::vector<std::string>
      env;  // Names or NAME_* patterns, hashed and passed. `env_keys` is the same.
  std::vector<std::string> pass_env;  // Passed, not hashed.
  std::vector<std::string> tools;     // Commands whose output is part of the key.
  bool cache = true;
  bool incremental = false;       // Outputs are kept while the task runs.
  bool outputs_optional = false;  // No output at all is a valid result.
  bool platform_independent = false;
  std::string description;
  SourcePosition at;
};

enum class Requirement { optional, required };

struct RemoteConfig {
  bool enabled = false;
  std::string url;               // Without a final slash.
  std::string token;             // Expanded; never printed.
  std::string missing_variable;  // Set when `${VAR}` in token or url had no value: the remote is
                                 // off, and the run says why.
};

struct Config {
  fs::path root;     // The folder of velocity.yml, absolute and without symbolic links.
  std::string file;  // "velocity.yml"
  std::string project_id;
  std::optional<PatternList> packages;
  std::map<std::string, TaskDefinition> pipeline;
  std::vector<std::string> global_inputs;
  std::vector<std::string> global_env;
  RemoteConfig remote;
  Diagnostics warnings;
};

// A velocity.yml inside a package: its name, extra dependencies and task overrides.
struct PackageConfig {
  std::string name;
  std::vector<std::string> depends_on;
  std::map<std::string, TaskDefinition> pipeline;
};

// The nearest velocity.yml at or above `start` that has a `pipeline` and is not a package's own
// (one whose ancestor folder holds another velocity.yml with `pipeline`... the outermost such file
// wins). nullopt when there is none.
std::optional<fs::path> find_config(const fs::path& start);

std::expected<Config, Diagnostics> load_config(const fs::path& file,
                                               const Environment& environment);
std::expected<Config, Diagnostics> parse_config(std::string_view text, const fs::path& file,
                                                const Environment& environment);
std::expected<PackageConfig, Diagnostics> parse_package_config(std::string_view text,
                                                               const fs::path& file);

}  // namespace vc::agent
