#include "gateway/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace vc::gateway {
namespace {

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

RangeChoice choose_range(std::string_view header, std::uint64_t size_bytes) {
  constexpr std::string_view kUnit = "bytes=";
  constexpr RangeChoice kWhole;
  constexpr RangeChoice kUnsatisfiable{.kind = RangeKind::unsatisfiable};
  const std::size_t dash = header.find('-');
  if (!header.starts_with(kUnit) || dash == std::string_view::npos) {
    return kWhole;
  }
  const std::string_view first_text = header.substr(kUnit.size(), dash - kUnit.size());
  const std::string_view last_text = header.substr(dash + 1);
  const auto first = parse_number(first_text);
  const auto last = parse_number(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty())) {
    return kWhole;
  }
  if (!first) {  // The last `last` bytes.
    if (!last) {
      return kWhole;
    }
    if (*last == 0 || size_bytes == 0) {
      return kUnsatisfiable;
    }
    const std::uint64_t length = std::min(*last, size_bytes);
    return {.kind = RangeKind::part, .range = {.first = size_bytes - length, .length = length}};
  }
  if (last && *last < *first) {
    return kWhole;
  }
  if (*first >= size_bytes) {
    return kUnsatisfiable;
  }
  const std::uint64_t end = last ? std::min(*last, size_bytes - 1) : size_bytes - 1;
  return {.kind = RangeKind::part, .range = {.first = *first, .length = end - *first + 1}};
}

bool etag_listed(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view item = header.substr(0, comma);
    while (item.starts_with(' ')) {
      item.remove_prefix(1);
    }
    while (item.ends_with(' ')) {
      item.remove_suffix(1);
    }
    if (item.starts_with("W/")) {
      item.remove_prefix(2);
    }
    if (item == "*" || item == etag) {
      return true;
    }
    header.remove_prefix(std::min(comma + 1, header.size()));
  }
  return false;
}

}  // namespace vc::gateway
