// "Did you mean ...?": the closest known word to a mistyped one.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vc {

// The candidate with the smallest Damerau-Levenshtein distance (case folded), when that is at most
// a third of the word's length (at least 1).
std::optional<std::string> closest_word(std::string_view word,
                                        std::span<const std::string> candidates);

}  // namespace vc
