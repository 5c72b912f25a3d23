// The bytes of an output record: a line that names the format, little-endian numbers and
// length-prefixed text, and a SHA-256 of all that.
//
// Not JSON: a no-op run reads one record a task and does little else, and logs are not text.
#pragma once

#include "agent/outputs.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

// One stamp an entry. `verified_at` and `file` are not part of it.
std::string encode_record(const OutputRecord& record);

// nullopt for anything encode_record() has not written.
std::optional<OutputRecord> decode_record(std::string_view bytes);

}  // namespace vc::agent
