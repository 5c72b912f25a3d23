// NamePattern: package names, where `*` stands for any characters, also '/'.
#pragma once

#include <string_view>

namespace vc::agent {

inline bool is_name_pattern(std::string_view name) {
  return name.contains('*');
}

// Time is at most the product of the lengths.
bool name_matches(std::string_view pattern, std::string_view name);

}  // namespace vc::agent
