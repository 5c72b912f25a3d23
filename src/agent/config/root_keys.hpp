// The keys of velocity.yml at its top level; the schema is tested against them.
#pragma once

#include <span>
#include <string_view>

namespace vc::agent {

std::span<const std::string_view> root_keys();

}  // namespace vc::agent
