// Whether two lists of patterns can name the same file, decided from the patterns alone.
//
// Exact for single patterns, except that a character class counts as any character. Of exclusions
// only those help that visibly take in all of one pattern: "!dist/types/**" keeps "dist/**" and
// "dist/types/**" apart. So "overlap" may be said of lists that never meet, not the other way
// round.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vc::agent {

struct PatternPair {
  std::size_t first = 0;   // Index into the first list.
  std::size_t second = 0;  // Index into the second list.
};

// Both lists hold patterns that Glob::compile() accepts, with "!" before exclusions.
std::optional<PatternPair> find_overlap(const std::vector<std::string>& first,
                                        const std::vector<std::string>& second);

}  // namespace vc::agent
