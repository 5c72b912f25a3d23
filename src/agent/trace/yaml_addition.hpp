// YamlAddition: adds items to a list in the text of a velocity.yml and leaves every other byte,
// comments included, as it is. Knows the block style people write and one-line `[a, b]` lists;
// whatever else is there is left to people. The caller parses the result before it believes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

struct YamlAddition {
  std::vector<std::string> keys;    // From the top: {"pipeline", "build", "inputs"}.
  std::vector<std::string> before;  // What a list that does not exist yet begins with.
  std::vector<std::string> items;
  std::vector<std::string> before_as_yaml;  // As `before`, behind it; maps, for instance.
};

// nullopt: not in a shape this can change.
std::optional<std::string> add_to_yaml(std::string_view text, const YamlAddition& addition);

// The lines that differ, with two lines around them: "  kept", "- old", "+ new".
std::string line_difference(std::string_view before, std::string_view after);

}  // namespace vc::agent
