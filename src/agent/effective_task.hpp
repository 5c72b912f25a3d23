// What a task is in one package: the definition of velocity.yml with the package's own on top, key
// by key: a key that the package gives replaces the root's whole value.
#pragma once

#include "agent/workspace.hpp"

#include <optional>
#include <string_view>

namespace vc::agent {

TaskDefinition merged(const TaskDefinition& root, const TaskDefinition& own);

// nullopt when neither the root nor the package defines the task. That it is defined does not mean
// that the package has it: `npm run build` needs a script.
std::optional<TaskDefinition> effective_task(const Config& config, const Package& package,
                                             std::string_view task);

}  // namespace vc::agent
