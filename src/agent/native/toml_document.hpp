// TomlValue: a TOML 1.0 file (https://toml.io/en/v1.0.0) as plain values with positions; toml++
// stops here.
//
// Duplicate keys are errors, as TOML has it. Numbers and dates are told from texts and otherwise
// not looked at. Nesting is limited, since trees are built and freed by recursion.
#pragma once

#include "agent/source_text.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

inline constexpr std::size_t kTomlDotsMax = 64;  // Unquoted, in one line.

struct TomlEntry;

struct TomlValue {
  enum class Kind : std::uint8_t { table, array, text, boolean, other };

  Kind kind = Kind::table;
  bool truth = false;
  std::string text;
  std::vector<TomlEntry> entries;  // Of a table, sorted by key.
  std::vector<TomlValue> items;    // Of an array.
  int line = 0;                    // From 1; 0 is unknown.
  int column = 0;                  // From 1, in characters.

  // What the table has there; nullptr also when this is no table.
  const TomlValue* find(std::string_view key) const;
  // What stands at the end of several keys.
  const TomlValue* at(std::initializer_list<std::string_view> keys) const;

  bool is_true() const { return kind == Kind::boolean && truth; }
};

struct TomlEntry {
  std::string key;
  TomlValue value;
};

// The root is a table. One error (VC0201) with its position: the first.
std::expected<TomlValue, Diagnostic> parse_toml(const SourceText& source);

SourcePosition position_of(const SourceText& source, const TomlValue& value);

}  // namespace vc::agent
