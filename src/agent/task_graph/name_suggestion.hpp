// What to try instead of a name that nothing has.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Of more names than these only the first are said.
inline constexpr std::size_t kNamesShown = 20;

// "known packages: api, web", where `kind` is their plural.
std::string known_names(const std::vector<std::string>& names, std::string_view kind);

// "did you mean \"@acme/web\"?", or which there are.
std::string name_suggestion(std::string_view word, const std::vector<std::string>& names,
                            std::string_view kind);

}  // namespace vc::agent
