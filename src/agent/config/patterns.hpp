// Patterns of velocity.yml: globs relative to a folder that they may not leave.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_reader.hpp"

#include <optional>
#include <string_view>

namespace vc::agent {

// What a message calls the folder: "package", "workspace".
using FolderName = std::string_view;

// The list of `entry`, each glob checked and with "./" removed. Reports patterns that do not
// compile, that leave the folder (absolute, "~", ".."), and lists that only exclude.
std::optional<PatternList> read_patterns(YamlReader& reader, const YamlEntry& entry,
                                         FolderName folder);

// Reports outputs under which lie files that no build may remove: the manifest, velocity.yml, .git.
void check_outputs_spare_sources(YamlReader& reader, const PatternList& outputs);

}  // namespace vc::agent
