#include "core/glob_segment.hpp"

#include "core/utf8.hpp"

#include <algorithm>
#include <utility>

namespace vc {

namespace {

// Above all code points: stray byte b is kStrayByte + b, equal to nothing but the same byte.
constexpr char32_t kStrayByte = 0x110000;

struct Character {
  char32_t value;
  std::size_t size;  // In bytes.
};

Character first_character(std::string_view text) {
  const Utf8Character character = first_utf8_character(text);
  return {.value = character.value + (character.valid ? 0 : kStrayByte), .size = character.size};
}

void append_character(std::string& text, char32_t value) {
  if (value >= kStrayByte) {
    text += static_cast<char>(value - kStrayByte);
  } else {
    append_utf8(text, value);
  }
}

}  // namespace

class SegmentCompiler {
 public:
  using Unit = GlobSegment::Unit;

  explicit SegmentCompiler(std::string_view text) : text_(text) {}

  Result<std::vector<Unit>> units() {
    std::vector<Unit> units;
    while (!text_.empty()) {
      const char next = text_.front();
      if (next == '*') {
        text_.remove_prefix(1);
        if (units.empty() || units.back().kind != Unit::Kind::star) {
          units.push_back({.kind = Unit::Kind::star});
        }
      } else if (next == '?') {
        text_.remove_prefix(1);
        units.push_back({.kind = Unit::Kind::any_character});
      } else if (next == '[') {
        text_.remove_prefix(1);
        VC_TRY(Unit unit, character_class());
        units.push_back(std::move(unit));
      } else {
        VC_TRY(const char32_t character, literal_character());
        units.push_back({.kind = Unit::Kind::character, .character = character});
      }
    }
    return units;
  }

 private:
  // A character with its escape, if any, resolved.
  Result<char32_t> literal_character() {
    if (text_.front() == '\\') {
      text_.remove_prefix(1);
      if (text_.empty()) {
        return fail(Errc::invalid, "\"\\\" at the end, with nothing to escape");
      }
    }
    const Character character = first_character(text_);
    text_.remove_prefix(character.size);
    return character.value;
  }

  Result<Unit> character_class() {
    Unit unit{.kind = Unit::Kind::one_of};
    if (text_.starts_with('!') || text_.starts_with('^')) {
      unit.kind = Unit::Kind::none_of;
      text_.remove_prefix(1);
    }
    for (bool first = true;; first = false) {
      if (text_.empty()) {
        return fail(Errc::invalid, "\"[\" without \"]\" in the same segment",
                    "write \\[ for a bracket in a file name");
      }
      if (text_.front() == ']' && !first) {
        text_.remove_prefix(1);
        return unit;
      }
      if (text_.starts_with("[:") || text_.starts_with("[.") || text_.starts_with("[=")) {
        return fail(Errc::invalid, "a POSIX class such as [:alpha:], which is not supported",
                    "write a range such as [a-zA-Z]");
      }
      VC_TRY(const char32_t low, literal_character());
      char32_t high = low;
      if (text_.size() > 1 && text_[0] == '-' && text_[1] != ']') {
        text_.remove_prefix(1);
        VC_TRY(high, literal_character());
      }
      if (high < low) {
        return fail(Errc::invalid, "a range in \"[...]\" that runs backwards");
      }
      unit.ranges.emplace_back(low, high);
    }
  }

  std::string_view text_;
};

Result<GlobSegment> GlobSegment::compile(std::string_view text) {
  GlobSegment segment;
  VC_TRY(segment.units_, SegmentCompiler(text).units());
  segment.choose_shape();
  return segment;
}

void GlobSegment::choose_shape() {
  std::size_t stars = 0;
  // A stray byte could be found inside a character when comparing bytes, hence the exception.
  const auto is_stray = [](const Unit& unit) { return unit.character >= kStrayByte; };
  const bool bytes_suffice = std::ranges::none_of(units_, is_stray);
  for (const Unit& unit : units_) {
    if (unit.kind == Unit::Kind::character) {
      append_character(stars == 0 ? prefix_ : suffix_, unit.character);
    } else if (unit.kind == Unit::Kind::star && stars == 0 && bytes_suffice) {
      ++stars;
    } else {
      return;  // General.
    }
  }
  shape_ = stars == 0 ? Shape::literal : Shape::prefix_suffix;
  units_.clear();
}

bool GlobSegment::matches(std::string_view name) const {
  switch (shape_) {
    case Shape::literal:
      return name == prefix_;
    case Shape::prefix_suffix:
      return name.size() >= prefix_.size() + suffix_.size() && name.starts_with(prefix_) &&
             name.ends_with(suffix_);
    case Shape::general:
      return matches_units(name);
  }
  return false;
}

bool GlobSegment::matches_units(std::string_view name) const {
  std::size_t unit = 0;
  std::size_t position = 0;
  // Where to go on after a mismatch: behind the last star, one character further each time. Earlier
  // stars need no second look, because what came before the last one matched as early as it could.
  std::size_t retry_unit = 0;
  std::size_t retry_position = 0;
  bool has_star = false;
  while (position < name.size()) {
    if (unit < units_.size() && units_[unit].kind == Unit::Kind::star) {
      retry_unit = ++unit;
      retry_position = position;
      has_star = true;
      continue;
    }
    const Character character = first_character(name.substr(position));
    if (unit < units_.size() && units_[unit].matches(character.value)) {
      ++unit;
      position += character.size;
    } else if (has_star) {
      retry_position += first_character(name.substr(retry_position)).size;
      position = retry_position;
      unit = retry_unit;
    } else {
      return false;
    }
  }
  while (unit < units_.size() && units_[unit].kind == Unit::Kind::star) {
    ++unit;
  }
  return unit == units_.size();
}

bool GlobSegment::Unit::matches(char32_t c) const {
  const auto in_range = [&](const auto& range) { return range.first <= c && c <= range.second; };
  switch (kind) {
    case Kind::character:
      return c == character;
    case Kind::any_character:
      return true;
    case Kind::one_of:
      return std::ranges::any_of(ranges, in_range);
    case Kind::none_of:
      return std::ranges::none_of(ranges, in_range);
    case Kind::star:
      break;
  }
  return false;
}

}  // namespace vc
