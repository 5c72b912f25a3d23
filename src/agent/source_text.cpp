#include "agent/source_text.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace vc::agent {

namespace {

// Bytes that are not UTF-8 count as one character each.
std::size_t count_characters(std::string_view text) {
  std::size_t characters = 0;
  for (; !text.empty(); ++characters) {
    text.remove_prefix(first_utf8_character(text).size);
  }
  return characters;
}

}  // namespace

SourceText::SourceText(std::string file, std::string_view text)
    : file_(std::move(file)), text_(text), line_offsets_{0} {
  for (std::size_t end = text_.find('\n'); end != std::string_view::npos;
       end = text_.find('\n', end + 1)) {
    line_offsets_.push_back(end + 1);
  }
}

std::size_t SourceText::offset_of_line(std::size_t line) const {
  return line < line_offsets_.size() ? line_offsets_[line] : text_.size();
}

std::string_view SourceText::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > line_offsets_.size()) {
    return {};
  }
  const std::size_t begin = line_offsets_[static_cast<std::size_t>(number) - 1];
  std::string_view line = text_.substr(begin);
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

SourcePosition SourceText::at_line(std::size_t line, std::size_t column, std::size_t width) const {
  const std::size_t last = line_offsets_.size() - 1;
  if (line > last) {
    line = last;
    column = text_.size();
  }
  const std::string_view content = this->line(static_cast<int>(line) + 1);
  column = std::min(column, content.size());
  const std::string_view marked = content.substr(column, std::max<std::size_t>(width, 1));
  return {.file = file_,
          .line = static_cast<int>(line) + 1,
          .column = static_cast<int>(count_characters(content.substr(0, column))) + 1,
          .width = std::max(1, static_cast<int>(count_characters(marked)))};
}

SourcePosition SourceText::at_offset(std::size_t offset, std::size_t width) const {
  offset = std::min(offset, text_.size());
  const auto after = std::ranges::upper_bound(line_offsets_, offset);
  const auto line = static_cast<std::size_t>(after - line_offsets_.begin()) - 1;
  return at_line(line, offset - line_offsets_[line], width);
}

Diagnostic SourceText::error(int code, SourcePosition at, std::string message,
                             std::string help) const {
  std::string excerpt(line(at.line));
  return {.severity = Severity::error,
          .code = code,
          .message = std::move(message),
          .at = std::move(at),
          .source_line = std::move(excerpt),
          .help = std::move(help)};
}

Diagnostic SourceText::warning(int code, SourcePosition at, std::string message,
                               std::string help) const {
  Diagnostic warning = error(code, std::move(at), std::move(message), std::move(help));
  warning.severity = Severity::warning;
  return warning;
}

}  // namespace vc::agent
