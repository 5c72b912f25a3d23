// SourceText: a file of the user's as text, from which diagnostics take positions and excerpts.
//
// Lines end at '\n' (as yaml-cpp counts them); a '\r' before it is not part of the excerpt. Columns
// are given in bytes and reported in characters. The text is borrowed.
#pragma once

#include "agent/diagnostic.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class SourceText {
 public:
  SourceText(std::string file, std::string_view text);

  const std::string& file() const { return file_; }

  std::string_view text() const { return text_; }

  // From 1; "" past the end.
  std::string_view line(int number) const;
  // `line` from 0, `column` and `width` in bytes; clipped to what the line holds.
  SourcePosition at_line(std::size_t line, std::size_t column, std::size_t width = 1) const;
  SourcePosition at_offset(std::size_t offset, std::size_t width = 1) const;
  // Where the line begins in the text; the text's size past the end.
  std::size_t offset_of_line(std::size_t line) const;

  Diagnostic error(int code, SourcePosition at, std::string message, std::string help = {}) const;
  Diagnostic warning(int code, SourcePosition at, std::string message, std::string help = {}) const;

 private:
  std::string file_;
  std::string_view text_;
  std::vector<std::size_t> line_offsets_;
};

}  // namespace vc::agent
