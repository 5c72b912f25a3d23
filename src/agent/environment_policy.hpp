// The environment of a task: which variables reach its command, and which of those are part of its
// key. The lists, with the reasons, are in docs/environment.md.
#pragma once

#include "agent/config.hpp"
#include "core/digest.hpp"
#include "core/env.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

enum class EnvMode { strict, loose };

struct HashedVariable {
  std::string name;
  std::optional<Digest> value;  // Of the value, which may be secret; nullopt: unset.

  friend bool operator==(const HashedVariable&, const HashedVariable&) = default;
};

// What of the environment is part of the key: what is always hashed, `global_env` and `env`. Sorted
// by name. A name without `*` is listed also when it is unset.
std::vector<HashedVariable> hashed_environment(const TaskDefinition& task, const Config& config,
                                               const Environment& environment);

// The environment a task's command gets: the allow-list of docs/environment.md, `env` and
// `pass_env`, never `VC_*` nor the CI's token-request variables (also in loose mode).
std::map<std::string, std::string> task_environment(const TaskDefinition& task,
                                                    const Config& config,
                                                    const Environment& environment, EnvMode mode);
// Names of variables that are set but were withheld; for the message of a failing task.
std::vector<std::string> withheld_variables(const TaskDefinition& task, const Config& config,
                                            const Environment& environment);

}  // namespace vc::agent
