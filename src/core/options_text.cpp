#include "core/options.hpp"

#include <fmt/format.h>

#include <limits>

namespace vc {

namespace {

constexpr std::size_t kHelpColumns = 80;
constexpr std::string_view kHelpIndent = "      ";

std::string_view placeholder(const Option& option) {
  switch (option.kind) {
    case OptionKind::text:
      return "TEXT";
    case OptionKind::integer:
      return "NUMBER";
    case OptionKind::boolean:
      return "true|false";
    case OptionKind::bytes:
      return "SIZE";
    case OptionKind::seconds:
      return "TIME";
    case OptionKind::choice:
      return option.choices;
  }
  return "";
}

std::string range_of(const Option& option) {
  const bool has_min = option.min != std::numeric_limits<std::int64_t>::min();
  const bool has_max = option.max != std::numeric_limits<std::int64_t>::max();
  if (has_min && has_max) {
    return fmt::format("{} to {}", option.min, option.max);
  }
  if (has_min) {
    return fmt::format("at least {}", option.min);
  }
  return has_max ? fmt::format("at most {}", option.max) : "";
}

// Breaks at spaces, so that no line is longer than the columns unless a single word is.
std::string wrapped(std::string_view text) {
  std::string lines;
  std::size_t column = kHelpColumns;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (column + 1 + word.size() > kHelpColumns) {
      lines += lines.empty() ? "" : "\n";
      lines += kHelpIndent;
      column = kHelpIndent.size();
    } else {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines;
}

// A bar would end the cell.
std::string table_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') {
      cell += '\\';
    }
    cell += c;
  }
  return cell;
}

}  // namespace

std::string flag_of(std::string_view variable, std::string_view prefix) {
  if (variable.starts_with(prefix)) {
    variable.remove_prefix(prefix.size());
  }
  std::string flag = "--";
  for (const char c : variable) {
    flag += c == '_' ? '-' : (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return flag;
}

std::string options_help(std::span<const Option> table, std::string_view prefix) {
  std::string help;
  for (const Option& option : table) {
    std::string about = fmt::format("{} [{}", option.doc, option.variable);
    if (option.secrecy == Secrecy::secret) {
      about += fmt::format(" or {}_FILE", option.variable);
    }
    if (const std::string range = range_of(option); !range.empty()) {
      about += "; " + range;
    }
    if (!option.default_value.empty()) {
      about += fmt::format("; default {}", option.default_value);
    }
    about += ']';
    help += fmt::format("  {} {}\n{}\n", flag_of(option.variable, prefix), placeholder(option),
                        wrapped(about));
  }
  return help;
}

std::string options_markdown(std::span<const Option> table, std::string_view prefix) {
  std::string markdown = "| Variable | Flag | Value | Default | Meaning |\n|---|---|---|---|---|\n";
  for (const Option& option : table) {
    std::string meaning(option.doc);
    if (const std::string range = range_of(option); !range.empty()) {
      meaning += " Range: " + range + ".";
    }
    if (option.secrecy == Secrecy::secret) {
      meaning += fmt::format(" Secret: `{}_FILE` names a file that holds it.", option.variable);
    }
    const std::string default_value =
        option.default_value.empty() ? "" : fmt::format("`{}`", option.default_value);
    markdown += fmt::format("| `{}` | `{}` | `{}` | {} | {} |\n", option.variable,
                            flag_of(option.variable, prefix), table_cell(placeholder(option)),
                            table_cell(default_value), table_cell(meaning));
  }
  return markdown;
}

}  // namespace vc
