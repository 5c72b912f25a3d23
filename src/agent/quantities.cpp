#include "agent/quantities.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace vc::agent {

std::string duration_text(std::uint64_t milliseconds) {
  if (milliseconds < 1'000) {
    return fmt::format("{} ms", milliseconds);
  }
  if (milliseconds < 9'950) {
    return fmt::format("{:.1f} s", static_cast<double>(milliseconds) / 1000);
  }
  const std::uint64_t seconds = (milliseconds + 500) / 1'000;
  if (seconds < 60) {
    return fmt::format("{} s", seconds);
  }
  const std::uint64_t minutes = seconds / 60;
  if (minutes < 60) {
    return fmt::format("{} m {} s", minutes, seconds % 60);
  }
  return fmt::format("{} h {} m", minutes / 60, minutes % 60);
}

std::string ordinal_text(unsigned number) {
  const bool is_teen = number / 10 % 10 == 1;
  constexpr std::array<std::string_view, 4> kEndings{"th", "st", "nd", "rd"};
  const unsigned last = number % 10;
  return fmt::format("{}{}", number, is_teen || last > 3 ? kEndings[0] : kEndings[last]);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return unit > 0 && value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit])
                                  : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

}  // namespace vc::agent
