// Quantities as people write them: "10GiB", "512MB", "15m".
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vc {

// Digits, then nothing (bytes), B, KB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of
// 1024), in any case. "10G" is refused: the two readings differ by 7 %.
Result<std::int64_t> parse_byte_count(std::string_view text);

// Digits, then nothing (seconds), s, m, h or d.
Result<std::int64_t> parse_seconds(std::string_view text);

// Digits, perhaps after a minus sign.
Result<std::int64_t> parse_integer(std::string_view text);

}  // namespace vc
