// Glob, GlobSet: path patterns. Matching only; nothing here touches a disk.
//
// Grammar: `*` any characters but '/', `?` one of them, `**` as a whole segment any number of
// segments (also none), `[a-z]`, `[!a-z]` (or `[^a-z]`) character classes, `{a,b}` alternatives
// (nested at most 4 deep), `\` takes the next character literally. Dotfiles are matched like all
// others. A pattern is relative, '/'-separated, in UTF-8 or any other bytes but NUL; `./` and
// doubled slashes are dropped. Paths to match are relative and '/'-separated, without empty, `.`
// or `..` segments.
//
// A pattern that ends in a name without wildcards, or in a slash, names that entry and everything
// below it: `dist`, `dist/` and `dist/**` are one pattern, and all three match `dist` itself (so
// that an empty directory can be found by its own pattern), be it a directory or a file. A pattern
// that ends in a wildcard names just what it matches: `src/*` has no `src/a/b`.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc {

class Glob {
 public:
  static constexpr std::size_t kPatternBytesMax = 4096;
  static constexpr std::size_t kAlternativesMax = 1024;  // After brace expansion.
  // Of all alternatives together: bounds the work of one match to this times the path's length.
  static constexpr std::size_t kExpandedBytesMax = 65536;

  // Errc::invalid for an empty pattern, an absolute one, a `..` segment, NUL, an unclosed class or
  // brace, or a pattern past the limits. The message does not repeat the pattern.
  static Result<Glob> compile(std::string_view pattern);

  bool matches(std::string_view path) const;
  // Whether some path strictly below directory `dir` ("" is the root) could match: prunes a walk.
  bool can_match_below(std::string_view dir) const;

  // The longest leading run of literal segments: "src" for "src/**/*.ts", "" for "**". Never ends
  // in '/'.
  const std::string& literal_prefix() const { return literal_prefix_; }

  const std::string& pattern() const { return pattern_; }

 private:
  friend class GlobSet;
  class Alternative;

  // Whether every path strictly below `dir` matches. May say no when in doubt.
  bool covers_all_below(std::string_view dir) const;

  std::string pattern_;
  std::string literal_prefix_;
  std::shared_ptr<const std::vector<Alternative>> alternatives_;
};

// An ordered list of patterns in which `!pattern` excludes; for each path the last pattern that
// matches decides. A path that none matches is not in the set, nor is any in a set of exclusions
// alone. (`\!name` is a name that begins with an exclamation mark.)
class GlobSet {
 public:
  GlobSet() = default;
  // Fails on the first bad pattern; `bad_index`, when given, says which.
  static Result<GlobSet> compile(const std::vector<std::string>& patterns,
                                 std::size_t* bad_index = nullptr);

  bool empty() const { return items_.empty(); }

  bool matches(std::string_view path) const;
  // As Glob's; a directory that a later `!pattern` excludes whole is pruned.
  bool can_match_below(std::string_view dir) const;
  // Index of the pattern that decided for `path`, if any matched (also an excluding one).
  std::optional<std::size_t> deciding_pattern(std::string_view path) const;
  std::vector<std::string> patterns() const;

 private:
  struct Item {
    Glob glob;
    bool exclude = false;
  };

  std::vector<Item> items_;
};

}  // namespace vc
