// Wildmatch: one pattern of a .gitignore, without its `!` and slashes at the ends, against a path.
//
// Not vc::Glob: there braces are alternatives and a leading `**` is not needed; here the rules are
// those of gitignore(5), git's peculiarities included, because people expect of us what git does.
// The time is bounded by pattern length times path length, whatever the pattern.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

class Wildmatch {
 public:
  explicit Wildmatch(std::string_view pattern);

  // `path` without slashes at its ends. In a name without slashes `*` matches all of it.
  bool matches(std::string_view path) const;

 private:
  enum class TokenKind : std::uint8_t {
    character,    // Itself.
    any,          // `?`
    set,          // `[...]`
    run,          // `*`: any number of characters but '/'.
    directories,  // `**/`: nothing, or anything that ends with '/'.
    everything,   // `**` at the end.
  };

  struct Token {
    TokenKind kind;
    unsigned char character = 0;
    std::uint16_t set = 0;  // Index into sets_.
  };

  // Parses a `**` or `*` at `at`, returns where it ends.
  std::size_t parse_stars(std::string_view pattern, std::size_t at);
  // The same for `[...]`; npos when it is not closed.
  std::size_t parse_set(std::string_view pattern, std::size_t at);
  bool matches_tokens(std::string_view text) const;
  bool token_matches(const Token& token, unsigned char character) const;

  bool never_ = false;  // Malformed patterns match nothing.
  std::string prefix_;  // Literal start.
  std::string suffix_;  // Of `*suffix`, the most common form; then tokens_ is unused.
  bool is_suffix_ = false;
  std::vector<Token> tokens_;
  std::vector<std::bitset<256>> sets_;
};

}  // namespace vc::agent
