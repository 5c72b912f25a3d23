// Reads `depends_on` of a task: `task`, `^task`, `package#task`, or a map that also says what of it
// counts: {task: ^build, on: outputs}.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_reader.hpp"

#include <string>
#include <vector>

namespace vc::agent {

// Reports what is no dependency, and leaves it out.
std::vector<DependencyPattern> read_dependencies(YamlReader& reader, const YamlEntry& entry);

// As velocity.yml has it: "^build".
std::string written_form(const DependencyPattern& dependency);

}  // namespace vc::agent
