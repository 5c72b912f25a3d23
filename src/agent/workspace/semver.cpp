#include "agent/workspace/semver.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <optional>
#include <system_error>

namespace vc::agent {

namespace {

constexpr std::size_t kRangeBytesMax = 1024;

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Room for the "+ 1" of an upper bound.
  if (error != std::errc{} || end != text.data() + text.size() || value > (1ULL << 53U)) {
    return std::nullopt;
  }
  return value;
}

struct Version {
  std::array<std::uint64_t, 3> numbers{};
  std::string_view prerelease;
};

// Identifiers are compared one by one; numbers as numbers and before words (semver 2.0.0, 11.4).
std::strong_ordering compare_prerelease(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // A release comes after its prereleases.
  }
  while (!a.empty() && !b.empty()) {
    const std::string_view left = take_until(a, '.');
    const std::string_view right = take_until(b, '.');
    const auto left_number = number(left);
    const auto right_number = number(right);
    std::strong_ordering order = std::strong_ordering::equal;
    if (left_number && right_number) {
      order = *left_number <=> *right_number;
    } else if (left_number.has_value() != right_number.has_value()) {
      order = right_number.has_value() <=> left_number.has_value();
    } else {
      order = left <=> right;
    }
    if (order != std::strong_ordering::equal) {
      return order;
    }
  }
  return !a.empty() <=> !b.empty();
}

std::strong_ordering compare(const Version& a, const Version& b) {
  const auto order = a.numbers <=> b.numbers;
  return order != std::strong_ordering::equal ? order
                                              : compare_prerelease(a.prerelease, b.prerelease);
}

// "1", "1.2", "1.x", "*" and whole versions; `parts` counts the numbers that are given.
struct Partial {
  Version version;
  std::size_t parts = 0;
};

std::optional<Partial> parse_partial(std::string_view text) {
  if (text.starts_with('v') || text.starts_with('=')) {
    text.remove_prefix(1);
  }
  text = text.substr(0, text.find('+'));
  const std::size_t dash = text.find('-');
  std::string_view numbers = text.substr(0, dash);
  Partial partial;
  bool wild = numbers.empty();
  for (std::size_t i = 0; !numbers.empty(); ++i) {
    const std::string_view part = take_until(numbers, '.');
    wild = wild || part == "x" || part == "X" || part == "*";
    const auto value = number(part);
    if (i == partial.version.numbers.size() || (!wild && !value)) {
      return std::nullopt;
    }
    if (!wild) {
      partial.version.numbers[i] = *value;
      ++partial.parts;
    }
  }
  if (dash != std::string_view::npos) {
    partial.version.prerelease = text.substr(dash + 1);
    if (partial.parts < 3 || partial.version.prerelease.empty()) {
      return std::nullopt;
    }
  }
  return partial;
}

// The version with number `index` one higher and what follows zero: an exclusive upper bound.
Version next(const Version& version, std::size_t index) {
  Version result;
  for (std::size_t i = 0; i <= index; ++i) {
    result.numbers[i] = version.numbers[i];
  }
  ++result.numbers[index];
  return result;
}

struct Interval {
  std::optional<Version> low;
  std::optional<Version> high;
  bool low_included = true;
  bool high_included = false;

  bool holds(const Version& version) const {
    if (low) {
      const auto order = compare(version, *low);
      if (order < 0 || (order == 0 && !low_included)) {
        return false;
      }
    }
    if (high) {
      const auto order = compare(version, *high);
      if (order > 0 || (order == 0 && !high_included)) {
        return false;
      }
    }
    return true;
  }
};

Interval at_most(const Partial& partial) {
  if (partial.parts == 3) {
    return {.high = partial.version, .high_included = true};
  }
  return partial.parts == 0 ? Interval{}
                            : Interval{.high = next(partial.version, partial.parts - 1)};
}

Interval caret(const Partial& partial) {
  // The leftmost number that is not zero stays; when all given ones are zero, the last given one.
  std::size_t fixed = 0;
  while (fixed + 1 < partial.parts && partial.version.numbers[fixed] == 0) {
    ++fixed;
  }
  return {.low = partial.version, .high = next(partial.version, fixed)};
}

std::optional<Interval> interval_of(std::string_view op, const Partial& partial) {
  const Version& version = partial.version;
  const std::size_t parts = partial.parts;
  if (parts == 0) {
    return op == "<" || op == ">" ? std::nullopt : std::optional(Interval{});
  }
  if (op == "^") {
    return caret(partial);
  }
  if (op == "~" || op == "~>") {
    return Interval{.low = version, .high = next(version, parts == 1 ? 0 : 1)};
  }
  if (op == ">=") {
    return Interval{.low = version};
  }
  if (op == ">") {
    return parts == 3 ? Interval{.low = version, .low_included = false}
                      : Interval{.low = next(version, parts - 1)};
  }
  if (op == "<") {
    return Interval{.high = version};
  }
  if (op == "<=") {
    return at_most(partial);
  }
  return parts == 3 ? Interval{.low = version, .high = version, .high_included = true}
                    : Interval{.low = version, .high = next(version, parts - 1)};
}

// One alternative of a range: all its comparators must hold.
RangeMatch match_all(const Version& version, std::string_view set) {
  set = trimmed(set);
  if (const std::size_t dash = set.find(" - "); dash != std::string_view::npos) {
    const auto low = parse_partial(trimmed(set.substr(0, dash)));
    const auto high = parse_partial(trimmed(set.substr(dash + 3)));
    if (!low || !high) {
      return RangeMatch::unknown;
    }
    const bool holds =
        Interval{.low = low->version}.holds(version) && at_most(*high).holds(version);
    return holds ? RangeMatch::yes : RangeMatch::no;
  }
  bool holds = true;
  while (!set.empty()) {
    const std::size_t op_end = std::min(set.find_first_not_of("^~<>="), set.size());
    const std::string_view op = set.substr(0, op_end);
    set = trimmed(set.substr(op_end));  // "> 1" is ">1".
    const std::size_t end = std::min(set.find_first_of(kWhiteSpace), set.size());
    const auto partial = parse_partial(set.substr(0, end));
    const auto interval = partial ? interval_of(op, *partial) : std::nullopt;
    if (!interval) {
      return RangeMatch::unknown;
    }
    holds = holds && interval->holds(version);
    set = trimmed(set.substr(end));
  }
  return holds ? RangeMatch::yes : RangeMatch::no;
}

}  // namespace

RangeMatch match_range(std::string_view version, std::string_view range) {
  const auto parsed = parse_partial(trimmed(version));
  if (!parsed || parsed->parts < 3 || range.size() > kRangeBytesMax) {
    return RangeMatch::unknown;
  }
  RangeMatch match = RangeMatch::no;
  for (bool more = true; more;) {
    const std::size_t bar = range.find("||");
    switch (match_all(parsed->version, range.substr(0, bar))) {
      case RangeMatch::yes:
        return RangeMatch::yes;
      case RangeMatch::unknown:
        match = RangeMatch::unknown;
        break;
      case RangeMatch::no:
        break;
    }
    more = bar != std::string_view::npos;
    range.remove_prefix(more ? bar + 2 : range.size());
  }
  return match;
}

}  // namespace vc::agent
