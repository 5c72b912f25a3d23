// GlobSegment: the part of a pattern between two slashes, matched against one file name.
//
// Characters are UTF-8 code points; a byte that is not valid UTF-8 counts as one character. Time is
// at most (pattern length x name length): there is no backtracking but to the last `*`.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc {

class GlobSegment {
 public:
  // `text` has no '/' and is not "**".
  static Result<GlobSegment> compile(std::string_view text);

  bool matches(std::string_view name) const;

  bool is_literal() const { return shape_ == Shape::literal; }

  // The name a literal segment matches, escapes removed.
  const std::string& literal() const { return prefix_; }

 private:
  // What one character must be. A literal run is one Unit per character.
  struct Unit {
    enum class Kind : std::uint8_t { character, any_character, one_of, none_of, star };

    Kind kind = Kind::character;
    char32_t character = 0;
    std::vector<std::pair<char32_t, char32_t>> ranges;  // Inclusive; of one_of and none_of.

    bool matches(char32_t c) const;
  };

  // Nearly all patterns are the first two, which need no decoding.
  enum class Shape : std::uint8_t {
    literal,        // prefix_
    prefix_suffix,  // prefix_ * suffix_
    general,        // units_
  };

  void choose_shape();
  bool matches_units(std::string_view name) const;

  Shape shape_ = Shape::general;
  std::string prefix_;
  std::string suffix_;
  std::vector<Unit> units_;

  friend class SegmentCompiler;
};

}  // namespace vc
