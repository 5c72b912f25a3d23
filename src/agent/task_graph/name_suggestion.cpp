#include "agent/task_graph/name_suggestion.hpp"

#include "core/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace vc::agent {

std::string known_names(const std::vector<std::string>& names, std::string_view kind) {
  if (names.empty()) {
    return fmt::format("there are no {} yet", kind);
  }
  const std::size_t shown = std::min(names.size(), kNamesShown);
  return fmt::format(
      "known {}: {}{}", kind,
      fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
      shown == names.size()
          ? ""
          : fmt::format(" and {} more (`velocity-cli ls`)", names.size() - shown));
}

std::string name_suggestion(std::string_view word, const std::vector<std::string>& names,
                            std::string_view kind) {
  if (const auto closest = closest_word(word, names)) {
    return fmt::format("did you mean \"{}\"?", *closest);
  }
  // People leave the scope out: "web" for "@acme/web".
  const auto scoped = std::ranges::find_if(
      names, [&](const std::string& name) { return name.ends_with(fmt::format("/{}", word)); });
  return scoped != names.end() ? fmt::format("did you mean \"{}\"?", *scoped)
                               : known_names(names, kind);
}

}  // namespace vc::agent
