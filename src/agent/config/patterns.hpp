// Patterns of velocity.yml: globs relative to a folder that they may not leave.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_reader.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace vc::agent {

// What a message calls the folder: "package", "workspace".
using FolderName = std::string_view;

// The list of `entry`, each glob checked and with "./" removed. Reports patterns that do not
// compile, that leave the folder (absolute, "~", ".."), and lists that only exclude.
std::optional<PatternList> read_patterns(YamlReader& reader, const YamlEntry& entry,
                                         FolderName folder);

inline constexpr std::string_view kDefaultInputs = "$default";
inline constexpr std::string_view kRootPrefix = "$root/";

struct InputPatterns {
  PatternList own;   // Relative to the package.
  PatternList root;  // Those that began with `$root/`, relative to the workspace.
  bool extend_defaults = false;
};

// `inputs` of a task, as read_patterns(); `$default` stands for the default inputs.
std::optional<InputPatterns> read_input_patterns(YamlReader& reader, const YamlEntry& entry);

struct CoveredSource {
  std::string_view path;
  std::size_t pattern = 0;  // Index of the pattern that covers it.
};

// A file that no build may remove and that the outputs cover; patterns that do not compile cover
// nothing.
std::optional<CoveredSource> source_under_outputs(const PatternList& outputs);

// Reports outputs under which lie files that no build may remove: the manifest, velocity.yml, .git.
void check_outputs_spare_sources(YamlReader& reader, const PatternList& outputs);

}  // namespace vc::agent
