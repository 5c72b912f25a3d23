// Reads `remote:`, the only part of velocity.yml in which `${VAR}` means something.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_reader.hpp"
#include "core/env.hpp"

#include <span>
#include <string_view>

namespace vc::agent {

RemoteConfig read_remote(YamlReader& reader, const YamlEntry& entry,
                         const Environment& environment);

std::span<const std::string_view> remote_keys();

}  // namespace vc::agent
