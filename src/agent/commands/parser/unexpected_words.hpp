// Words of a command line that no command knows: what is said of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// "error: there is no flag "--forse"", and the flag of `command` that was meant, if one is near.
// `unknown` has at least one word; `command` is "" where none was named.
std::string unexpected_words(const std::vector<std::string>& unknown, std::string_view command);

}  // namespace vc::agent
