// Brace expansion: `a{b,c}d` -> `abd`, `acd`; the first step of compiling a Glob.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vc {

inline constexpr std::size_t kBraceDepthMax = 4;

struct BraceLimits {
  std::size_t alternatives_max;
  std::size_t bytes_max;  // Of all alternatives together.
};

// Escapes (`\{`) and character classes (`[{]`) are passed through untouched. A pattern without
// braces is its own only alternative. Errc::invalid for an unclosed brace, nesting deeper than
// kBraceDepthMax, or more than the limits allow.
Result<std::vector<std::string>> expand_braces(std::string_view pattern, const BraceLimits& limits);

}  // namespace vc
