// TaskDefinition: one entry of a pipeline, of velocity.yml or turbo.json, as values.
#pragma once

#include "agent/config/execution_rules.hpp"
#include "agent/diagnostic.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

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
  with,
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

}  // namespace vc::agent
