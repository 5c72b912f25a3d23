#include "agent/task_graph/pattern_overlap.hpp"

#include "core/glob.hpp"
#include "core/glob_braces.hpp"
#include "core/glob_segment.hpp"

#include <algorithm>
#include <string_view>

namespace vc::agent {

namespace {

constexpr std::string_view kGlobstar = "**";

// One pattern without braces: its segments, the "**" that Glob adds behind a name included.
using Segments = std::vector<std::string>;

struct Pattern {
  bool excludes = false;
  std::vector<Segments> alternatives;
};

// What one character of a name may be.
enum class UnitKind { character, any, star };

struct Unit {
  UnitKind kind = UnitKind::character;
  char character = 0;
};

std::vector<Unit> units_of(std::string_view segment) {
  std::vector<Unit> units;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '*') {
      units.push_back({.kind = UnitKind::star});
    } else if (segment[i] == '?') {
      // One character may be several bytes; bytes is what is compared here.
      units.push_back({.kind = UnitKind::any});
      units.push_back({.kind = UnitKind::star});
    } else if (segment[i] == '[') {
      units.push_back({.kind = UnitKind::any});
      units.push_back({.kind = UnitKind::star});
      i = std::min(segment.find(']', i + 2), segment.size());
    } else {
      i += segment[i] == '\\' && i + 1 < segment.size() ? 1 : 0;
      units.push_back({.kind = UnitKind::character, .character = segment[i]});
    }
  }
  return units;
}

// Whether two sequences with wildcards have a common instance. `spans(x)`: x stands for any number
// of elements, also none; `meet(x, y)`: two others have an element in common. The table is filled
// from the ends: cell (i, j) is about what is left from there.
template <class Sequence, class Spans, class Meet>
bool have_common_instance(const Sequence& a, const Sequence& b, Spans spans, Meet meet) {
  std::vector<std::vector<bool>> table(a.size() + 1, std::vector<bool>(b.size() + 1, false));
  for (std::size_t i = a.size() + 1; i-- > 0;) {
    for (std::size_t j = b.size() + 1; j-- > 0;) {
      const bool a_spans = i < a.size() && spans(a[i]);
      const bool b_spans = j < b.size() && spans(b[j]);
      if (i == a.size() && j == b.size()) {
        table[i][j] = true;
      } else if (a_spans || b_spans) {
        // The wildcard ends here, or takes one more of the other side.
        table[i][j] = (i < a.size() && table[i + 1][j]) || (j < b.size() && table[i][j + 1]);
      } else if (i < a.size() && j < b.size()) {
        table[i][j] = table[i + 1][j + 1] && meet(a[i], b[j]);
      }
    }
  }
  return table[0][0];
}

bool names_can_meet(const std::string& a, const std::string& b) {
  return have_common_instance(
      units_of(a), units_of(b), [](Unit unit) { return unit.kind == UnitKind::star; },
      [](Unit x, Unit y) {
        return x.kind == UnitKind::any || y.kind == UnitKind::any || x.character == y.character;
      });
}

bool can_meet(const Segments& a, const Segments& b) {
  return have_common_instance(
      a, b, [](const std::string& segment) { return segment == kGlobstar; }, names_can_meet);
}

bool is_literal(std::string_view segment) {
  const auto compiled = GlobSegment::compile(segment);
  return compiled && compiled->is_literal();
}

// Whether every name that matches `inner` surely matches `outer`.
bool name_covers(const std::string& outer, const std::string& inner) {
  if (outer == inner || outer == "*") {
    return true;
  }
  const auto compiled = GlobSegment::compile(outer);
  const auto name = GlobSegment::compile(inner);
  return compiled && name && name->is_literal() && compiled->matches(name->literal());
}

// Whether every path that matches `inner` surely matches `outer`; filled like the table above.
bool covers(const Segments& outer, const Segments& inner) {
  std::vector<std::vector<bool>> table(outer.size() + 1,
                                       std::vector<bool>(inner.size() + 1, false));
  for (std::size_t i = outer.size() + 1; i-- > 0;) {
    for (std::size_t j = inner.size() + 1; j-- > 0;) {
      if (i == outer.size()) {
        table[i][j] = j == inner.size();
      } else if (outer[i] == kGlobstar) {
        table[i][j] = table[i + 1][j] || (j < inner.size() && table[i][j + 1]);
      } else if (j < inner.size() && inner[j] != kGlobstar) {
        table[i][j] = table[i + 1][j + 1] && name_covers(outer[i], inner[j]);
      }
    }
  }
  return table[0][0];
}

bool covers(const Pattern& outer, const Segments& inner) {
  return std::ranges::any_of(
      outer.alternatives, [&](const Segments& alternative) { return covers(alternative, inner); });
}

Segments segments_of(std::string_view text) {
  Segments segments;
  bool names_all_below = text.ends_with('/') || text == ".";
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const std::string_view segment = text.substr(0, slash);
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
    if (!segment.empty() && segment != ".") {
      segments.emplace_back(segment);
    }
  }
  names_all_below = names_all_below || (!segments.empty() && is_literal(segments.back()));
  if (names_all_below) {
    segments.emplace_back(kGlobstar);
  }
  return segments;
}

std::vector<Pattern> parse(const std::vector<std::string>& texts) {
  std::vector<Pattern> patterns;
  for (const std::string& text : texts) {
    Pattern pattern{.excludes = text.starts_with('!')};
    const auto alternatives = expand_braces(
        std::string_view(text).substr(pattern.excludes ? 1 : 0),
        {.alternatives_max = Glob::kAlternativesMax, .bytes_max = Glob::kExpandedBytesMax});
    for (const std::string& alternative : alternatives.value_or(std::vector<std::string>())) {
      pattern.alternatives.push_back(segments_of(alternative));
    }
    patterns.push_back(std::move(pattern));
  }
  return patterns;
}

// Whether an exclusion behind `index` takes `segments` out again.
bool is_excluded(const std::vector<Pattern>& patterns, std::size_t index,
                 const Segments& segments) {
  for (std::size_t i = index + 1; i < patterns.size(); ++i) {
    if (patterns[i].excludes && covers(patterns[i], segments)) {
      return true;
    }
  }
  return false;
}

// Whether an alternative of a[i] and one of b[j] share a path that no exclusion takes out.
bool overlap(const std::vector<Pattern>& a, std::size_t i, const std::vector<Pattern>& b,
             std::size_t j) {
  for (const Segments& left : a[i].alternatives) {
    for (const Segments& right : b[j].alternatives) {
      const bool kept_apart = is_excluded(a, i, left) || is_excluded(a, i, right) ||
                              is_excluded(b, j, left) || is_excluded(b, j, right);
      if (!kept_apart && can_meet(left, right)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::optional<PatternPair> find_overlap(const std::vector<std::string>& first,
                                        const std::vector<std::string>& second) {
  const std::vector<Pattern> a = parse(first);
  const std::vector<Pattern> b = parse(second);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      if (!a[i].excludes && !b[j].excludes && overlap(a, i, b, j)) {
        return PatternPair{.first = i, .second = j};
      }
    }
  }
  return std::nullopt;
}

}  // namespace vc::agent
