#include "agent/fingerprint/wildmatch.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <span>

namespace vc::agent {

namespace {

constexpr std::string_view kSpecial = "*?[\\";
constexpr std::size_t kInlineStates = 128;

struct CharacterClass {
  std::string_view name;
  int (*contains)(int);
};

constexpr std::array kClasses{
    CharacterClass{.name = "alnum", .contains = std::isalnum},
    CharacterClass{.name = "alpha", .contains = std::isalpha},
    CharacterClass{.name = "blank", .contains = std::isblank},
    CharacterClass{.name = "cntrl", .contains = std::iscntrl},
    CharacterClass{.name = "digit", .contains = std::isdigit},
    CharacterClass{.name = "graph", .contains = std::isgraph},
    CharacterClass{.name = "lower", .contains = std::islower},
    CharacterClass{.name = "print", .contains = std::isprint},
    CharacterClass{.name = "punct", .contains = std::ispunct},
    CharacterClass{.name = "space", .contains = std::isspace},
    CharacterClass{.name = "upper", .contains = std::isupper},
    CharacterClass{.name = "xdigit", .contains = std::isxdigit},
};

// Adds the class; false when there is none of that name.
bool add_class(std::string_view name, std::bitset<256>& set) {
  const auto* const found = std::ranges::find(kClasses, name, &CharacterClass::name);
  if (found == kClasses.end()) {
    return false;
  }
  for (int c = 0; c < 128; ++c) {  // ASCII alone, whatever the locale.
    if (found->contains(c) != 0) {
      set.set(static_cast<std::size_t>(c));
    }
  }
  return true;
}

// `[:name:]` at `at`: where it ends; nullopt when these are just characters.
std::optional<std::size_t> class_end(std::string_view pattern, std::size_t at) {
  if (pattern.substr(at, 2) != "[:") {
    return std::nullopt;
  }
  const std::size_t bracket = pattern.find(']', at + 2);
  if (bracket == std::string_view::npos || bracket == at + 2 || pattern[bracket - 1] != ':') {
    return std::nullopt;
  }
  return bracket + 1;
}

void add_range(unsigned char first, unsigned char last, std::bitset<256>& set) {
  for (unsigned c = first; c <= last; ++c) {
    set.set(c);
  }
}

}  // namespace

Wildmatch::Wildmatch(std::string_view pattern) {
  // git compares the literal start by itself and matches the rest on its own. So a `**` right
  // behind it counts as one at the start of a segment: `foo**/bar` matches `foox/y/bar`.
  prefix_ = pattern.substr(0, pattern.find_first_of(kSpecial));
  pattern.remove_prefix(prefix_.size());
  if (prefix_.empty() && pattern.starts_with('*') &&
      pattern.find_first_of("*?[\\/", 1) == std::string_view::npos) {
    suffix_ = pattern.substr(1);
    is_suffix_ = true;
    return;
  }
  for (std::size_t at = 0; at < pattern.size() && !never_;) {
    switch (pattern[at]) {
      case '*':
        at = parse_stars(pattern, at);
        break;
      case '?':
        tokens_.push_back({.kind = TokenKind::any});
        ++at;
        break;
      case '[':
        at = parse_set(pattern, at);
        never_ = at == std::string_view::npos;
        break;
      case '\\':
        ++at;
        never_ = at == pattern.size();
        if (never_) {
          break;
        }
        [[fallthrough]];
      default:
        tokens_.push_back(
            {.kind = TokenKind::character, .character = static_cast<unsigned char>(pattern[at])});
        ++at;
    }
  }
}

std::size_t Wildmatch::parse_stars(std::string_view pattern, std::size_t at) {
  const std::size_t end = std::min(pattern.find_first_not_of('*', at), pattern.size());
  const std::string_view rest = pattern.substr(end);
  const bool whole_segment = end - at > 1 && (at == 0 || pattern[at - 1] == '/');
  if (whole_segment && rest.starts_with('/')) {
    tokens_.push_back({.kind = TokenKind::directories});
    return end + 1;
  }
  const bool everything = whole_segment && (rest.empty() || rest.starts_with("\\/"));
  tokens_.push_back({.kind = everything ? TokenKind::everything : TokenKind::run});
  return end;
}

std::size_t Wildmatch::parse_set(std::string_view pattern, std::size_t at) {
  std::bitset<256> set;
  ++at;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  at += negated ? 1 : 0;
  std::optional<unsigned char> previous;  // What a `-` would begin its range at.
  for (bool first = true;; first = false) {
    if (at >= pattern.size()) {
      return std::string_view::npos;
    }
    if (pattern[at] == ']' && !first) {
      break;
    }
    if (const auto end = class_end(pattern, at)) {
      if (!add_class(pattern.substr(at + 2, *end - at - 4), set)) {
        return std::string_view::npos;
      }
      at = *end;
      previous.reset();
      continue;
    }
    const bool range =
        pattern[at] == '-' && previous && at + 1 < pattern.size() && pattern[at + 1] != ']';
    at += range ? 1 : 0;
    at += pattern[at] == '\\' ? 1 : 0;
    if (at >= pattern.size()) {
      return std::string_view::npos;
    }
    const auto character = static_cast<unsigned char>(pattern[at++]);
    if (range) {
      add_range(*previous, character, set);
      previous.reset();
    } else {
      set.set(character);
      previous = character;
    }
  }
  if (negated) {
    set.flip();
  }
  set.reset('/');
  tokens_.push_back({.kind = TokenKind::set, .set = static_cast<std::uint16_t>(sets_.size())});
  sets_.push_back(set);
  return at + 1;
}

bool Wildmatch::matches(std::string_view path) const {
  if (never_ || !path.starts_with(prefix_)) {
    return false;
  }
  path.remove_prefix(prefix_.size());
  if (is_suffix_) {
    return path.ends_with(suffix_) &&
           path.substr(0, path.size() - suffix_.size()).find('/') == std::string_view::npos;
  }
  if (tokens_.empty()) {
    return path.empty();
  }
  return matches_tokens(path);
}

bool Wildmatch::token_matches(const Token& token, unsigned char character) const {
  switch (token.kind) {
    case TokenKind::character:
      return token.character == character;
    case TokenKind::any:
      return character != '/';
    case TokenKind::set:
      return sets_[token.set].test(character);
    default:
      return false;
  }
}

// All the positions in the pattern that the text read so far can have led to, one character after
// the other. State i: tokens before i are matched.
bool Wildmatch::matches_tokens(std::string_view text) const {
  const std::size_t count = tokens_.size();
  std::array<char, 2 * kInlineStates> few{};
  std::vector<char> many;
  std::span<char> now(few.data(), kInlineStates);
  std::span<char> next(few.data() + kInlineStates, kInlineStates);
  if (count >= kInlineStates) {
    many.resize(2 * (count + 1));
    now = {many.data(), count + 1};
    next = {many.data() + count + 1, count + 1};
  }
  // A repeating token may be left at once; `**/` only at its start or behind a slash.
  const auto enter = [&](std::span<char> states, std::size_t state) {
    states[state] = 1;
    while (state < count && (tokens_[state].kind == TokenKind::run ||
                             tokens_[state].kind == TokenKind::directories ||
                             tokens_[state].kind == TokenKind::everything)) {
      states[++state] = 1;
    }
  };
  enter(now, 0);
  for (const char c : text) {
    const auto character = static_cast<unsigned char>(c);
    std::ranges::fill(next.first(count + 1), 0);
    for (std::size_t state = 0; state < count; ++state) {
      if (now[state] == 0) {
        continue;
      }
      const Token& token = tokens_[state];
      const TokenKind leavable = c == '/' ? TokenKind::directories : TokenKind::run;
      if (token.kind == TokenKind::everything || token.kind == leavable) {
        enter(next, state);
      } else if (token.kind == TokenKind::directories) {
        next[state] = 1;
      } else if (token_matches(token, character)) {
        enter(next, state + 1);
      }
    }
    std::swap(now, next);
  }
  return now[count] != 0;
}

}  // namespace vc::agent
