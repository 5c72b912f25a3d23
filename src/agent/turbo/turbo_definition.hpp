// What a task of turbo.json is as one of ours.
#pragma once

#include "agent/config.hpp"
#include "agent/turbo/turbo_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `own` on top of `base`, key by key; `$TURBO_EXTENDS$` in a list keeps what `base` has.
TurboTask merged_turbo_task(const TurboTask& base, const TurboTask& own);

struct TurboContext {
  std::string_view package_manager;        // "npm"
  std::string_view directory;              // Of the package; "" is the root, or any.
  const std::vector<std::string>& passed;  // Variables that every task gets.
  const std::vector<std::string>& framework_env;
};

// Every key but `command` counts as given. What our cache cannot hold whole, outputs outside of
// the package or on top of its sources, is not cached.
TaskDefinition turbo_definition(const std::string& name, const TurboTask& task,
                                const TurboContext& context);

// Whether the definition is another in each package: inputs outside of the package.
bool depends_on_directory(const TurboTask& task);

}  // namespace vc::agent
