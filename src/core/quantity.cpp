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
    {.name = "", .factor = 1},
    {.name = "b", .factor = 1},
    {.name = "kb", .factor = 1'000},
    {.name = "mb", .factor = 1'000'000},
    {.name = "gb", .factor = 1'000'000'000},
    {.name = "tb", .factor = 1'000'000'000'000},
    {.name = "kib", .factor = 1LL << 10},
    {.name = "mib", .factor = 1LL << 20},
    {.name = "gib", .factor = 1LL << 30},
    {.name = "tib", .factor = 1LL << 40},
};

constexpr Unit kTimeUnits[] = {{.name = "", .factor = 1},
                               {.name = "s", .factor = 1},
                               {.name = "m", .factor = 60},
                               {.name = "h", .factor = 3600},
                               {.name = "d", .factor = 86400}};

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
