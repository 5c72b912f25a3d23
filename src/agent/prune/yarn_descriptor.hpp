// What yarn 2 and later writes into a descriptor ("left@npm:^1.0.0") besides name and range.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

// Every byte but those that encodeURIComponent of ECMAScript leaves, as %XX.
std::string percent_encoded(std::string_view text);
// Leaves what is no %XX as it is.
std::string percent_decoded(std::string_view text);

// "left@patch:left@npm%3A1.0.0#~/a.patch::locator=..."
struct YarnPatch {
  std::string source;       // The descriptor of what is patched: "left@npm:1.0.0".
  std::string_view files;   // "~/a.patch"; several are separated by '&'.
  std::string_view params;  // "locator=...", or "".
};

// nullopt for what is no patch. Borrows `descriptor`.
std::optional<YarnPatch> patch_of_descriptor(std::string_view descriptor);

// As yarn writes it into a key: in quotes where YAML needs some.
std::string quoted_yarn_key(std::string_view key);

}  // namespace vc::agent
