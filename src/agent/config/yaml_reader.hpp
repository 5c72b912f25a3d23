// YamlReader: typed access to a YamlDocument that collects every mistake on the way.
//
// A wrong value is reported once, where it stands, and then treated as absent, so that reading goes
// on and the rest of the file is checked too.
#pragma once

#include "agent/config.hpp"
#include "agent/config/yaml_document.hpp"
#include "agent/source_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// A file that is wrong from one end to the other is not worth a report of its own size.
inline constexpr std::size_t kErrorsMax = 100;

struct YamlEntry {
  std::string key;
  const YamlNode* key_node = nullptr;
  const YamlNode* value = nullptr;
};

struct YamlText {
  std::string text;
  SourcePosition at;
};

class YamlReader {
 public:
  YamlReader(const SourceText& source, const YamlDocument& document)
      : source_(source), document_(document) {}

  // In the order of the file. Reports a node that is no map, keys that are no texts, and keys that
  // occur twice (the first one counts).
  std::vector<YamlEntry> map(const YamlNode& node, std::string_view what);
  std::vector<YamlEntry> map(const YamlEntry& entry);

  std::optional<std::string> text(const YamlEntry& entry);
  std::optional<bool> boolean(const YamlEntry& entry);
  // nullopt after a mistake in the list itself; items that are no texts are reported and left out.
  std::optional<std::vector<YamlText>> texts(const YamlEntry& entry);
  // For names: like texts(), without positions. Items that `is_valid` denies are reported as
  // "not <what>".
  std::optional<std::vector<std::string>> names(const YamlEntry& entry,
                                                bool (*is_valid)(std::string_view),
                                                std::string_view what);

  // The value, or the key when the value was left out: what an error about the entry points at.
  SourcePosition position(const YamlEntry& entry) const;
  SourcePosition position(const YamlNode& node) const;

  SourcePosition key_position(const YamlEntry& entry) const { return position(*entry.key_node); }

  void error(int code, SourcePosition at, std::string message, std::string help = {});
  void warning(int code, SourcePosition at, std::string message, std::string help = {});
  void unknown_key(const YamlEntry& entry, std::span<const std::string_view> known);

  const SourceText& source() const { return source_; }

  const YamlNode& root() const { return document_.root(); }

  const YamlNode& node(std::uint32_t id) const { return document_.node(id); }

  bool failed() const { return errors_ > 0; }

  Diagnostics take_found() && { return std::move(found_); }

 private:
  void wrong_type(const YamlEntry& entry, std::string_view wanted, std::string help = {});

  const SourceText& source_;
  const YamlDocument& document_;
  Diagnostics found_;
  std::size_t errors_ = 0;
};

// One key a map may have, and the member function that reads it.
template <class Target>
struct KeyRow {
  std::string_view name;
  void (Target::*read)(const YamlEntry&);
};

template <class Target, std::size_t kRows>
constexpr std::array<std::string_view, kRows> names_of(
    const std::array<KeyRow<Target>, kRows>& rows) {
  std::array<std::string_view, kRows> names;
  for (std::size_t i = 0; i < kRows; ++i) {
    names[i] = rows[i].name;
  }
  return names;
}

// Hands each entry to its row; reports entries that have none.
template <class Target, std::size_t kRows>
void read_keys(YamlReader& reader, const std::vector<YamlEntry>& entries,
               const std::array<KeyRow<Target>, kRows>& rows, Target& target) {
  for (const YamlEntry& entry : entries) {
    const auto row = std::ranges::find(rows, entry.key, &KeyRow<Target>::name);
    if (row == rows.end()) {
      reader.unknown_key(entry, names_of(rows));
    } else {
      (target.*row->read)(entry);
    }
  }
}

}  // namespace vc::agent
