#include "core/glob_braces.hpp"

#include <algorithm>
#include <utility>

namespace vc {

namespace {

using Alternatives = std::vector<std::string>;

// Recursive descent over
//   sequence := (text | '{' sequence (',' sequence)* '}')*
// Every function leaves `position_` behind what it has read.
class Expander {
 public:
  Expander(std::string_view pattern, const BraceLimits& limits)
      : pattern_(pattern), limits_(limits) {}

  // Up to the end of the pattern or, inside braces, the ',' or '}' that ends the alternative.
  Result<Alternatives> sequence(std::size_t depth) {
    Alternatives alternatives{""};
    while (position_ < pattern_.size()) {
      const char next = pattern_[position_];
      if (depth > 0 && (next == ',' || next == '}')) {
        break;
      }
      if (next == '{') {
        VC_TRY(const Alternatives choices, braces(depth + 1));
        VC_TRY(alternatives, product(alternatives, choices));
      } else {
        const std::string_view piece = text();
        for (std::string& alternative : alternatives) {
          alternative += piece;
        }
      }
    }
    VC_CHECK(check_size(alternatives));
    return alternatives;
  }

 private:
  Result<Alternatives> braces(std::size_t depth) {
    if (depth > kBraceDepthMax) {
      return fail(Errc::invalid,
                  "braces nested more than " + std::to_string(kBraceDepthMax) + " deep");
    }
    Alternatives choices;
    do {
      ++position_;  // The '{' or ','.
      VC_TRY(Alternatives choice, sequence(depth));
      std::ranges::move(choice, std::back_inserter(choices));
      VC_CHECK(check_size(choices));
    } while (position_ < pattern_.size() && pattern_[position_] == ',');
    if (position_ == pattern_.size()) {
      return fail(Errc::invalid, "\"{\" without \"}\"", "write \\{ for a brace in a file name");
    }
    ++position_;
    return choices;
  }

  // One escaped character, one class or one plain character. An unclosed class is the segment
  // compiler's error to report: here its '[' is a plain character.
  std::string_view text() {
    const std::size_t start = position_;
    if (pattern_[start] == '\\') {
      position_ = std::min(start + 2, pattern_.size());
    } else if (pattern_[start] == '[') {
      position_ = end_of_class(start);
    } else {
      ++position_;
    }
    return pattern_.substr(start, position_ - start);
  }

  std::size_t end_of_class(std::size_t start) const {
    std::size_t i = start + 1;
    if (i < pattern_.size() && (pattern_[i] == '!' || pattern_[i] == '^')) {
      ++i;
    }
    // A ']' in first place is a member of the class.
    for (bool first = true; i < pattern_.size() && pattern_[i] != '/'; first = false) {
      if (pattern_[i] == ']' && !first) {
        return i + 1;
      }
      i += pattern_[i] == '\\' ? 2 : 1;
    }
    return start + 1;
  }

  Result<Alternatives> product(const Alternatives& heads, const Alternatives& tails) const {
    if (heads.size() * tails.size() > limits_.alternatives_max) {
      return too_many();
    }
    Alternatives joined;
    joined.reserve(heads.size() * tails.size());
    for (const std::string& head : heads) {
      for (const std::string& tail : tails) {
        joined.push_back(head + tail);
      }
    }
    VC_CHECK(check_size(joined));
    return joined;
  }

  Result<void> check_size(const Alternatives& alternatives) const {
    std::size_t bytes = 0;
    for (const std::string& alternative : alternatives) {
      bytes += alternative.size();
    }
    if (alternatives.size() > limits_.alternatives_max) {
      return too_many();
    }
    if (bytes > limits_.bytes_max) {
      return fail(Errc::invalid, "braces that expand to more than " +
                                     std::to_string(limits_.bytes_max) + " bytes");
    }
    return {};
  }

  std::unexpected<Error> too_many() const {
    return fail(Errc::invalid, "braces that expand to more than " +
                                   std::to_string(limits_.alternatives_max) + " alternatives");
  }

  std::string_view pattern_;
  BraceLimits limits_;
  std::size_t position_ = 0;
};

}  // namespace

Result<std::vector<std::string>> expand_braces(std::string_view pattern,
                                               const BraceLimits& limits) {
  return Expander(pattern, limits).sequence(0);
}

}  // namespace vc
