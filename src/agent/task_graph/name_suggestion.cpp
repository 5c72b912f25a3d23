#include "agent/task_graph/name_suggestion.hpp"

#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vc::agent {

std::string name_suggestion(std::string_view word, const std::vector<std::string>& names,
                            std::string_view kind) {
  if (const auto closest = closest_word(word, names)) {
    return fmt::format("did you mean \"{}\"?", *closest);
  }
  // People leave the scope out: "web" for "@acme/web".
  const auto scoped = std::ranges::find_if(
      names, [&](const std::string& name) { return name.ends_with(fmt::format("/{}", word)); });
  return scoped != names.end() ? fmt::format("did you mean \"{}\"?", *scoped)
                               : fmt::format("known {}: {}", kind, fmt::join(names, ", "));
}

}  // namespace vc::agent
