// What a local cache entry says about itself, in front of the archive: a zstd skippable frame
// (RFC 8878, section 3.1.2) that holds a JSON object, padded with spaces to a fixed size so that it
// can be written when the archive is complete.
#pragma once

#include "core/clock.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vc::agent {

// Frame header included. A page, so that the archive begins on one.
inline constexpr std::size_t kEntryHeaderBytes = 4096;

struct EntryHeader {
  Digest key;
  Digest sha256;  // Of the archive.
  std::uint64_t archive_bytes = 0;
  std::string vcmeta;
  TimePoint created;
};

// kEntryHeaderBytes bytes. Errc::too_large when vcmeta does not fit.
Result<std::string> encode_entry_header(const EntryHeader& header);

// nullopt for bytes that encode_entry_header() has not written.
std::optional<EntryHeader> decode_entry_header(std::string_view bytes);

}  // namespace vc::agent
