// ByteRange: the one range of a Range header (RFC 9110 section 14) that a download may ask for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vc::gateway {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;
};

enum class RangeKind {
  whole,          // No range, one that is malformed, or several: all of it, as the RFC allows.
  part,           // `range` of it.
  unsatisfiable,  // Begins behind the end.
};

struct RangeChoice {
  RangeKind kind = RangeKind::whole;
  ByteRange range;
};

RangeChoice choose_range(std::string_view header, std::uint64_t size_bytes);

// Whether an If-None-Match or If-Match list contains `etag`, or is `*`. Weak comparison.
bool etag_listed(std::string_view header, std::string_view etag);

}  // namespace vc::gateway
