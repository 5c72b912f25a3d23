// Durations and sizes as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace vc::agent {

// "0 ms", "840 ms", "1.2 s", "41 s", "6 m 12 s", "2 h 3 m".
std::string duration_text(std::uint64_t milliseconds);
// "1st", "2nd", "3rd", "11th".
std::string ordinal_text(unsigned number);
// Decimal units: "512 B", "88 MB", "1.4 GB".
std::string size_text(std::uint64_t bytes);

}  // namespace vc::agent
