// Reads `pipeline:`, of the workspace or of one package.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_reader.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace vc::agent {

// A task of the workspace needs a command; one of a package, or of the root alone (`//#format`),
// may leave it to the workspace. `required` is also what allows the latter.
enum class CommandRule { required, optional };

std::map<std::string, TaskDefinition> read_pipeline(YamlReader& reader, const YamlEntry& entry,
                                                    CommandRule rule);

// Moves the tasks of the root alone (`//#format`) out of the workspace's pipeline; by their names
// without `//#`.
std::map<std::string, TaskDefinition> take_root_tasks(
    std::map<std::string, TaskDefinition>& pipeline);

// `script_runner`, of the workspace or of a task.
ScriptRunner read_script_runner(YamlReader& reader, const YamlEntry& entry);

// The keys of a task.
std::span<const std::string_view> task_keys();

// Letters, digits and _ - . : / @ +, beginning with a letter, a digit or _.
bool is_task_name(std::string_view name);

// A name in which `*` stands for any characters, or `!` and one: `NAME`, `NAME_*`, `*`, `!NAME_X`.
bool is_variable_pattern(std::string_view text);

}  // namespace vc::agent
