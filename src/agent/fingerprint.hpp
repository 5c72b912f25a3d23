// Fingerprint: what goes into the key of a task, in which order, and every ingredient kept so that
// a miss can be explained.
//
// The key is SHA-256 over a canonical, length-prefixed encoding (docs/fingerprint.md).
// kFingerprintVersion changes with it.
#pragma once

#include "agent/environment_policy.hpp"
#include "agent/file_index.hpp"
#include "agent/profile.hpp"
#include "agent/task_graph.hpp"
#include "agent/tool_runner.hpp"
#include "core/digest.hpp"
#include "core/env.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::uint32_t kFingerprintVersion = 2;

// The numbers are part of the encoding.
enum class IngredientKind : std::uint8_t {
  version = 1,
  package = 2,
  task = 3,
  definition = 4,
  script = 5,
  manifest = 6,
  input = 7,
  environment = 8,
  tool = 9,
  lockfile = 10,
  global_input = 11,
  platform = 12,
  argument = 13,
  dependency = 14,
  dependency_outputs = 15,
  // In notes only (explain/task_notes.hpp), never in a key.
  made_output = 16,
  maker = 17,
};

std::string_view name_of(IngredientKind kind);

struct Ingredient {
  IngredientKind kind;
  std::string name;   // A path, a variable, a task label ...
  std::string value;  // "file <digest>", a value's digest ("unset" when unset), a key ...

  friend bool operator==(const Ingredient&, const Ingredient&) = default;
};

struct TaskInputs;  // fingerprint/task_inputs.hpp; shared, and packed.

struct TaskFingerprint {
  Digest key;  // All zero while it is deferred.
  // The key is not known yet: it counts what a dependency makes, or a key that is not known, and
  // those ingredients have no value. finish_key() changes that.
  bool is_deferred = false;
  // The task's own, from version to lockfile, without its files.
  std::vector<Ingredient> ingredients;
  // Of its dependencies. Changed, like the key, when a deferred one is finished, and by nothing
  // else.
  std::vector<Ingredient> dependencies;
  // What it has in common with others: environment, tools, platform.
  std::shared_ptr<const std::vector<Ingredient>> surroundings;
  // The files, with what is needed to look at them again after the run.
  std::shared_ptr<const TaskInputs> inputs;
};

// What tasks have made, by TaskId: outputs_digest(), as far as it is known.
using KnownOutputs = std::span<const std::optional<Digest>>;

// Puts what is known of the dependencies of `task` into its fingerprint, whose dependencies must
// have been through this before; its key too, when all of it is known. Pure but for that.
void finish_key(const Workspace& workspace, const TaskGraph& graph, TaskId task,
                KnownOutputs outputs, std::vector<TaskFingerprint>& fingerprints);

// Whether the key of `task` counts just what `outputs` says that its dependencies have made.
bool key_counts(const Workspace& workspace, const TaskGraph& graph, TaskId task,
                KnownOutputs outputs, const TaskFingerprint& fingerprint);

// What the key says that the dependency `label` has made; nullopt when it counts no such thing, or
// while it is deferred.
std::optional<Digest> counted_outputs(const TaskFingerprint& fingerprint, std::string_view label);

// Every ingredient of the key, in the order of the encoding; files one by one.
void for_each_ingredient(const TaskFingerprint& fingerprint,
                         const std::function<void(const Ingredient&)>& visit);

// The same without those of dependencies: also while somebody else finishes the key.
void for_each_own_ingredient(const TaskFingerprint& fingerprint,
                             const std::function<void(const Ingredient&)>& visit);

struct FingerprintOptions {
  EnvMode env_mode = EnvMode::strict;
  std::map<std::string, std::vector<std::string>> pass_through_arguments;  // By task label.
  unsigned threads = 0;               // 0: one per usable core.
  ToolRunner* tool_runner = nullptr;  // nullptr: real processes.
  Profile* profile = nullptr;
};

struct FingerprintResult {
  std::vector<TaskFingerprint> tasks;  // By TaskId.
  Diagnostics warnings;  // Patterns that match nothing, configuration files outside the inputs.
};

// Walks each package once, hashes what changed since `index` last saw it, and computes every key
// that does not count what a task makes: those are deferred.
// The caller saves `index`.
std::expected<FingerprintResult, Diagnostics> compute_fingerprints(
    const Config& config, const Workspace& workspace, const TaskGraph& graph,
    const Environment& environment, FileIndex& index, const FingerprintOptions& options);

// The inputs (manifest, lockfile and workspace-wide ones too) that are no longer what `fingerprint`
// recorded: edited, added, removed or replaced while the task ran; empty is good. Relative to the
// root, sorted. A task that has dependencies without a command reads their files too: ask for
// theirs as well.
std::vector<std::string> changed_inputs(const fs::path& root, const TaskFingerprint& fingerprint,
                                        FileIndex& index);

}  // namespace vc::agent
