// Reads one entry of `tasks` of turbo.json, and the kinds of values it is made of.
#pragma once

#include "agent/config/yaml_reader.hpp"
#include "agent/turbo/turbo_file.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// `without_effect` receives the keys that say something we do not do.
TurboTask read_turbo_task(YamlReader& reader, const YamlEntry& entry,
                          std::set<std::string>& without_effect);

// Strings and nothing else; other items are reported.
TurboTexts turbo_texts(YamlReader& reader, const YamlEntry& entry);

// Names with `*` anywhere, `!` before those to leave out; others are reported.
std::vector<std::string> turbo_variables(YamlReader& reader, const YamlEntry& entry);

// Whether the pattern, without `!` and `$TURBO_ROOT$/`, is a relative glob; reports it if not.
bool check_turbo_pattern(YamlReader& reader, const YamlText& item);

void warn_of_unknown_turbo_key(YamlReader& reader, const YamlEntry& entry,
                               std::span<const std::string_view> known);

// As read_keys(), but unknown keys are warnings, and a null `read` takes the key as it is.
template <class Target, std::size_t kRows>
void read_turbo_keys(YamlReader& reader, const std::vector<YamlEntry>& entries,
                     const std::array<KeyRow<Target>, kRows>& rows, Target& target) {
  for (const YamlEntry& entry : entries) {
    const auto row = std::ranges::find(rows, entry.key, &KeyRow<Target>::name);
    if (row == rows.end()) {
      warn_of_unknown_turbo_key(reader, entry, names_of(rows));
    } else if (row->read != nullptr) {
      (target.*row->read)(entry);
    }
  }
}

}  // namespace vc::agent
