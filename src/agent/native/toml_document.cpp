#include "agent/native/toml_document.hpp"

#include "agent/native/native_files.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

// Errors as values, nothing that prints, and a tree that ends where we can still free it.
#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
// What toml++ 3.2 takes for impossible, files can bring about: a table's name that begins as none
// does, and characters from U+FA26 on where it looks for blanks. It asserts that they do not, or
// has the compiler assume so. Without that it finds a mistake of the file in the first, a few lines
// on, and no blank in the second.
#include <toml++/impl/preprocessor.h>
#undef TOML_ASSERT
#undef TOML_ASSERT_ASSUME
#undef TOML_ASSUME
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_ASSERT_ASSUME(expr) static_assert(true)
#define TOML_ASSUME(expr) static_assert(true)
#include <toml++/impl/forward_declarations.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return false
#include <toml++/impl/unicode.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE __builtin_unreachable()
#include <toml++/toml.h>

namespace vc::agent {

namespace {

// Dots of keys, `[a.b]`, make a table each and are limited by nobody else. Keys do not go over
// line ends, so the dots of one line are the limit. Where the line may begin or end inside of a
// text of several lines, what looks quoted need not be.
std::size_t dots_outside_quotes(std::string_view line) {
  if (line.contains("\"\"\"") || line.contains("'''")) {
    return static_cast<std::size_t>(std::ranges::count(line, '.'));
  }
  std::size_t dots = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != '\0') {
      i += quote == '"' && c == '\\' ? 1 : 0;
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      break;
    } else if (c == '.') {
      ++dots;
    }
  }
  return dots;
}

std::optional<Diagnostic> too_deep(const SourceText& source) {
  int number = 1;
  for (std::string_view rest = source.text(); !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (dots_outside_quotes(rest.substr(0, end)) > kTomlDotsMax) {
      return manifest_error(source, {.file = source.file(), .line = number, .column = 1},
                            "tables are nested too deeply in this line");
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

// NOLINTNEXTLINE(misc-no-recursion): the depth is limited above.
TomlValue value_of(const toml::node& node) {
  TomlValue value;
  const toml::source_position begin = node.source().begin;
  value.line = static_cast<int>(begin.line);
  value.column = static_cast<int>(begin.column);
  if (const toml::table* table = node.as_table()) {
    value.entries.reserve(table->size());
    for (const auto& [key, child] : *table) {
      value.entries.push_back({.key = std::string(key.str()), .value = value_of(child)});
    }
    std::ranges::sort(value.entries, {}, &TomlEntry::key);
  } else if (const toml::array* array = node.as_array()) {
    value.kind = TomlValue::Kind::array;
    value.items.reserve(array->size());
    for (const toml::node& child : *array) {
      value.items.push_back(value_of(child));
    }
  } else if (const auto* text = node.as_string()) {
    value.kind = TomlValue::Kind::text;
    value.text = text->get();
  } else if (const auto* truth = node.as_boolean()) {
    value.kind = TomlValue::Kind::boolean;
    value.truth = truth->get();
  } else {
    value.kind = TomlValue::Kind::other;
  }
  return value;
}

}  // namespace

const TomlValue* TomlValue::find(std::string_view key) const {
  const auto entry = std::ranges::lower_bound(entries, key, {}, &TomlEntry::key);
  return entry == entries.end() || entry->key != key ? nullptr : &entry->value;
}

const TomlValue* TomlValue::at(std::initializer_list<std::string_view> keys) const {
  const TomlValue* value = this;
  for (const std::string_view key : keys) {
    value = value == nullptr ? nullptr : value->find(key);
  }
  return value;
}

std::expected<TomlValue, Diagnostic> parse_toml(const SourceText& source) {
  if (auto error = too_deep(source)) {
    return std::unexpected(*std::move(error));
  }
  const toml::parse_result parsed = toml::parse(without_byte_order_mark(source.text()));
  if (parsed) {
    return value_of(parsed.table());
  }
  const toml::parse_error& error = parsed.error();
  const toml::source_position at = error.source().begin;
  return std::unexpected(manifest_error(source,
                                        {.file = source.file(),
                                         .line = static_cast<int>(at.line),
                                         .column = std::max(1, static_cast<int>(at.column))},
                                        "not valid TOML: " + std::string(error.description())));
}

SourcePosition position_of(const SourceText& source, const TomlValue& value) {
  return {.file = source.file(), .line = value.line, .column = value.column};
}

}  // namespace vc::agent
