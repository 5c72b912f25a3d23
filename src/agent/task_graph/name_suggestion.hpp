// What to try instead of a name that nothing has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// "did you mean \"@acme/web\"?", or all that there are: "known packages: api, web". `kind` is their
// plural.
std::string name_suggestion(std::string_view word, const std::vector<std::string>& names,
                            std::string_view kind);

}  // namespace vc::agent
