#include "core/quantity.hpp"

#include <algorithm>
#include <charconv>
#include <span>

namespace vc {

namespace {

struct Unit {
  std::string_view name;  // In lower case.
  std::int64_t factor;
};

constexpr Unit kByteUnits[] = {
    {"", 1},
    {"b", 1},
    {"kb", 1'000},
    {"mb", 1'000'000},
    {"gb", 1'000'000'000},
    {"tb", 1'000'000'000'000},
    {"kib", 1LL << 10},
    {"mib", 1LL << 20},
    {"gib", 1LL << 30},
    {"tib", 1LL << 40},
};

constexpr Unit kTimeUnits[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

bool equal_folded(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

Result<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units,
                                    std::string_view expected) {
  const auto wrong = [&] { return fail(Errc::invalid, "expected " + std::string(expected)); };
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    return fail(Errc::invalid, "a number too large to count");
  }
  if (error != std::errc() || text.front() == '-') {
    return wrong();
  }
  const std::string_view suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto unit = std::ranges::find_if(
      units, [&](const Unit& candidate) { return equal_folded(suffix, candidate.name); });
  if (unit == units.end()) {
    return wrong();
  }
  std::int64_t value = 0;
  if (__builtin_mul_overflow(number, unit->factor, &value)) {
    return fail(Errc::invalid, "a number too large to count");
  }
  return value;
}

}  // namespace

Result<std::int64_t> parse_byte_count(std::string_view text) {
  return parse_quantity(text, kByteUnits, "a size such as 10GiB, 512MB or 1048576");
}

Result<std::int64_t> parse_seconds(std::string_view text) {
  return parse_quantity(text, kTimeUnits, "a time such as 90, 15m, 1h or 7d");
}

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) {
    return fail(Errc::invalid, "a number too large to count");
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::invalid, "expected a whole number");
  }
  return number;
}

}  // namespace vc
