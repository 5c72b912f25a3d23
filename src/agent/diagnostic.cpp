#include "agent/diagnostic.hpp"

#include "core/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kExcerptCellsMax = 100;
constexpr std::size_t kTabCells = 4;
constexpr std::string_view kCut = "...";

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kReset = "\x1b[0m";

std::string painted(std::string_view text, std::string_view style, Colour colour) {
  return colour == Colour::on ? fmt::format("{}{}{}", style, text, kReset) : std::string(text);
}

using Range = std::pair<char32_t, char32_t>;  // First and last character.

// The blocks that terminals draw in no cell or in two; wcwidth() depends on the locale.
constexpr std::array kZeroCells{Range{0x0300, 0x036F}, Range{0x200B, 0x200F}, Range{0x20D0, 0x20FF},
                                Range{0xFE00, 0xFE0F}};
constexpr std::array kTwoCells{
    Range{0x1100, 0x115F}, Range{0x2E80, 0xA4CF},   Range{0xAC00, 0xD7A3},
    Range{0xF900, 0xFAFF}, Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},
    Range{0xFFE0, 0xFFE6}, Range{0x1F300, 0x1FAFF}, Range{0x20000, 0x3FFFD}};

std::size_t cells_of(char32_t character) {
  const auto holds = [&](Range range) {
    return character >= range.first && character <= range.second;
  };
  if (std::ranges::any_of(kZeroCells, holds)) {
    return 0;
  }
  return std::ranges::any_of(kTwoCells, holds) ? 2 : 1;
}

bool is_control(char32_t character) {
  return character < 0x20 || (character >= 0x7F && character < 0xA0) ||
         (character >= 0x202A && character <= 0x202E) ||  // Text direction overrides.
         (character >= 0x2066 && character <= 0x2069);
}

struct Cell {
  std::string text;
  std::size_t cells = 1;
};

// One entry per character of the source. Tabs become spaces, and what could steer a terminal a '?'.
std::vector<Cell> characters_of(std::string_view line) {
  std::vector<Cell> characters;
  std::size_t cells = 0;
  while (!line.empty()) {
    const Utf8Character character = first_utf8_character(line);
    Cell cell{.text = std::string(line.substr(0, character.size)),
              .cells = cells_of(character.value)};
    if (character.value == '\t') {
      cell.cells = kTabCells - (cells % kTabCells);
      cell.text.assign(cell.cells, ' ');
    } else if (!character.valid || is_control(character.value)) {
      cell = {.text = "?", .cells = 1};
    }
    cells += cell.cells;
    characters.push_back(std::move(cell));
    line.remove_prefix(character.size);
  }
  return characters;
}

// Messages quote names out of files: nothing in them may steer the terminal.
std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find('\n');
    for (const Cell& cell : characters_of(text.substr(0, end))) {
      result += cell.text;
    }
    if (end != std::string_view::npos) {
      result += '\n';
      text.remove_prefix(end + 1);
    }
  }
  return result;
}

struct Excerpt {
  std::string text;
  std::size_t caret_cells = 0;  // Before the caret.
  std::size_t caret_width = 1;
};

// The part of the line around the caret, at most kExcerptCellsMax wide.
Excerpt excerpt_of(const Diagnostic& diagnostic) {
  const std::vector<Cell> characters = characters_of(diagnostic.source_line);
  const auto size = characters.size();
  const std::size_t caret =
      std::min(size, static_cast<std::size_t>(std::max(1, diagnostic.at.column)) - 1);
  const std::size_t caret_end =
      std::min(size, caret + static_cast<std::size_t>(std::max(1, diagnostic.at.width)));

  std::size_t first = 0;
  std::size_t last = size;
  std::size_t cells = 0;
  for (const Cell& cell : characters) {
    cells += cell.cells;
  }
  // Half of what fits goes before the caret.
  for (std::size_t before = 0, i = caret; cells > kExcerptCellsMax && i > 0; --i) {
    before += characters[i - 1].cells;
    if (before > kExcerptCellsMax / 2) {
      first = i;
      break;
    }
  }
  for (std::size_t shown = 0, i = first; i < size; ++i) {
    shown += characters[i].cells;
    if (shown > kExcerptCellsMax) {
      last = i;
      break;
    }
  }

  Excerpt excerpt;
  excerpt.text = first > 0 ? kCut : "";
  excerpt.caret_cells = excerpt.text.size();
  excerpt.caret_width = 0;
  for (std::size_t i = first; i < last; ++i) {
    excerpt.text += characters[i].text;
    excerpt.caret_cells += i < caret ? characters[i].cells : 0;
    excerpt.caret_width += i >= caret && i < caret_end ? characters[i].cells : 0;
  }
  excerpt.caret_width = std::max<std::size_t>(1, excerpt.caret_width);
  excerpt.text += last < size ? kCut : "";
  return excerpt;
}

std::string place_of(const SourcePosition& at) {
  if (at.file.empty()) {
    return "velocity: ";
  }
  if (at.line == 0) {
    return printable(at.file) + ": ";
  }
  return fmt::format("{}:{}:{}: ", printable(at.file), at.line, at.column);
}

}  // namespace

std::string render(const Diagnostic& diagnostic, Colour colour) {
  const bool is_error = diagnostic.severity == Severity::error;
  const std::string_view style = is_error ? kRed : kYellow;
  const std::string label =
      fmt::format("{}[VC{:04}]:", is_error ? "error" : "warning", diagnostic.code);
  std::string text = fmt::format("{}{} {}\n", painted(place_of(diagnostic.at), kBold, colour),
                                 painted(label, style, colour), printable(diagnostic.message));
  if (!diagnostic.source_line.empty() && diagnostic.at.line > 0) {
    const Excerpt excerpt = excerpt_of(diagnostic);
    const std::string caret = "^" + std::string(excerpt.caret_width - 1, '~');
    text += fmt::format("{:>5} | {}\n", diagnostic.at.line, excerpt.text);
    text += fmt::format("{:>5} | {}{}\n", "", std::string(excerpt.caret_cells, ' '),
                        painted(caret, kGreen, colour));
  }
  if (!diagnostic.help.empty()) {
    text += fmt::format("{} {}\n", painted("help:", kBold, colour), printable(diagnostic.help));
  }
  return text;
}

std::string render(const Diagnostics& diagnostics, Colour colour) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) {
    text += render(diagnostic, colour);
  }
  return text;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::ranges::any_of(diagnostics, [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Severity::error;
  });
}

}  // namespace vc::agent
