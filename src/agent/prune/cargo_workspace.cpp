#include "agent/prune/cargo_workspace.hpp"

#include "agent/native/toml_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace vc::agent {

namespace {

Result<TomlValue> parse_cargo_text(const SourceText& source) {
  auto root = parse_toml(source);
  if (!root) {
    return fail(Errc::invalid, root.error().message);
  }
  return *std::move(root);
}

// Where the value begins; columns count characters, bytes that continue one are none.
std::size_t offset_of_value(const SourceText& source, const TomlValue& value) {
  std::size_t at = source.offset_of_line(static_cast<std::size_t>(value.line) - 1);
  const std::string_view text = source.text();
  for (int column = 1; column < value.column && at < text.size(); ++column) {
    do {
      ++at;
    } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U);
  }
  return at;
}

// Behind the "]" of the list that begins at `begin`; nullopt when there is none. The text is TOML.
std::optional<std::size_t> end_of_list(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at < text.size(); ++at) {
    switch (text[at]) {
      case '[':
        ++depth;
        break;
      case ']':
        if (--depth == 0) {
          return at + 1;
        }
        break;
      case '#':
        at = text.find('\n', at);
        break;
      case '"':
      case '\'':
        at = text.find(text[at], at + 1);
        break;
      default:
        break;
    }
    if (at >= text.size()) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

struct TextEdit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string by;
};

Result<TextEdit> replace_list(const SourceText& source, const TomlValue& list,
                              const std::vector<std::string>& by) {
  const std::size_t begin = offset_of_value(source, list);
  const auto end = begin < source.text().size() && source.text()[begin] == '['
                       ? end_of_list(source.text(), begin)
                       : std::nullopt;
  const auto needs_quotes = [](const std::string& text) {
    return text.find_first_of("\"\\\n") != std::string::npos;
  };
  if (!end || std::ranges::any_of(by, needs_quotes)) {
    return fail(Errc::invalid, "its list of members is not written as a list of plain texts");
  }
  std::string text;
  for (const std::string& item : by) {
    text += fmt::format("{}\"{}\"", text.empty() ? "" : ", ", item);
  }
  return TextEdit{.begin = begin, .end = *end, .by = fmt::format("[{}]", text)};
}

// A pattern cannot be narrowed: then all that stay are meant.
std::vector<std::string> default_members(const TomlValue& listed,
                                         const std::vector<std::string>& directories) {
  std::vector<std::string> left;
  for (const TomlValue& item : listed.items) {
    if (item.text.find_first_of("*?[") != std::string::npos) {
      return directories;
    }
    if (std::ranges::find(directories, item.text) != directories.end()) {
      left.push_back(item.text);
    }
  }
  return left.empty() ? directories : left;
}

}  // namespace

Result<std::string> prune_cargo_manifest(std::string_view text,
                                         const std::vector<std::string>& directories) {
  const SourceText source("Cargo.toml", text);
  VC_TRY(const TomlValue root, parse_cargo_text(source));
  std::vector<TextEdit> edits;
  if (const TomlValue* members = root.at({"workspace", "members"})) {
    VC_TRY(TextEdit edit, replace_list(source, *members, directories));
    edits.push_back(std::move(edit));
  }
  if (const TomlValue* defaults = root.at({"workspace", "default-members"})) {
    VC_TRY(TextEdit edit, replace_list(source, *defaults, default_members(*defaults, directories)));
    edits.push_back(std::move(edit));
  }
  std::ranges::sort(edits, std::greater(), &TextEdit::begin);
  std::string out(text);
  for (const TextEdit& edit : edits) {
    out.replace(edit.begin, edit.end - edit.begin, edit.by);
  }
  // Whatever else the file may hold: it must say what was meant.
  const SourceText cut("Cargo.toml", out);
  VC_TRY(const TomlValue again, parse_cargo_text(cut));
  const TomlValue* members = again.at({"workspace", "members"});
  if (members != nullptr &&
      !std::ranges::equal(members->items, directories, {}, &TomlValue::text)) {
    return fail(Errc::invalid, "its list of members is written in a way that is not known");
  }
  return out;
}

}  // namespace vc::agent
