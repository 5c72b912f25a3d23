// is_known_configuration(): whether a file name is one that build tools read without being told to,
// so that a list of inputs without it is probably a mistake.
#pragma once

#include <string_view>

namespace vc::agent {

bool is_known_configuration(std::string_view name);

}  // namespace vc::agent
