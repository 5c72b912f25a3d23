// Fingerprint: what goes into the key of a task, in which order, and every ingredient kept so that
// a miss can be explained.
//
// The key is SHA-256 over a canonical, length-prefixed encoding (docs/fingerprint.md).
// kFingerprintVersion changes with it.
#pragma once

#include "agent/file_index.hpp"
#include "agent/task_graph.hpp"
#include "core/digest.hpp"
#include "core/env.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::uint32_t kFingerprintVersion = 1;

enum class IngredientKind {
  version,
  package,
  task,
  definition,
  script,
  manifest,
  input,
  environment,
  tool,
  lockfile,
  global_input,
  platform,
  argument,
  dependency,
};

struct Ingredient {
  IngredientKind kind;
  std::string name;  // A path, a variable, a task label ...
  std::string
      value;  // A digest with kind and exec bit, a value's digest ("unset" when unset), a key ...
};

struct InputFile {
  std::string path;  // Relative to the workspace root.
  FileStamp stamp;
  Digest digest;  // Of the content, or of a symbolic link's target text.
};

struct TaskFingerprint {
  Digest key;
  std::vector<Ingredient> ingredients;
  std::vector<InputFile>
      inputs;  // For the check after the run that nothing was edited while the task ran.
};

enum class EnvMode { strict, loose };

struct FingerprintOptions {
  EnvMode env_mode = EnvMode::strict;
  std::map<std::string, std::vector<std::string>> pass_through_arguments;  // By task label.
  unsigned threads = 0;  // 0: one per usable core.
};

struct FingerprintResult {
  std::vector<TaskFingerprint> tasks;  // By TaskId.
  Diagnostics warnings;  // Patterns that match nothing, configuration files outside the inputs.
};

// Walks each package once, hashes what changed since `index` last saw it, and computes every key.
std::expected<FingerprintResult, Diagnostics> compute_fingerprints(
    const Config& config, const Workspace& workspace, const TaskGraph& graph,
    const Environment& environment, FileIndex& index, const FingerprintOptions& options);

// The inputs that are no longer what `fingerprint` recorded (edited, removed or replaced while the
// task ran); empty is good.
std::vector<std::string> changed_inputs(const fs::path& root, const TaskFingerprint& fingerprint,
                                        FileIndex& index);

// The environment a task's command gets: the allow-list of docs/environment.md, `env` and
// `pass_env`, never `VC_*` nor the CI's token-request variables (also in loose mode).
std::map<std::string, std::string> task_environment(const TaskDefinition& task,
                                                    const Config& config,
                                                    const Environment& environment, EnvMode mode);
// Names of variables that are set but were withheld; for the message of a failing task.
std::vector<std::string> withheld_variables(const TaskDefinition& task, const Config& config,
                                            const Environment& environment);

}  // namespace vc::agent
