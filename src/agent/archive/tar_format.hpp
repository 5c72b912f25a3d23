// Tar headers, in the one form our archives use: POSIX ustar, with a pax extended header in front
// where a name, a link target or a size does not fit (POSIX.1-2017, pax, "Extended Header").
//
// There is no parser. A member has exactly one encoding, so a reader that knows from the manifest
// what must come next encodes that and compares bytes: no octal, no base-256, no override and no
// name of a stranger is ever interpreted.
#pragma once

#include "agent/archive.hpp"
#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vc::agent {

inline constexpr std::size_t kTarBlockBytes = 512;
inline constexpr std::size_t kTarEndBytes = 2 * kTarBlockBytes;  // Zeros.

inline constexpr std::string_view kManifestMember = ".velocity/manifest.json";
inline constexpr std::string_view kLogMember = ".velocity/log";

struct TarMember {
  std::string_view path;
  EntryKind kind = EntryKind::file;
  bool executable = false;
  std::uint64_t size_bytes = 0;  // Of a file.
  std::string_view target;       // Of a link.

  static TarMember of(const OutputEntry& entry) {
    return {.path = entry.path,
            .kind = entry.kind,
            .executable = entry.executable,
            .size_bytes = entry.kind == EntryKind::file ? entry.size_bytes : 0,
            .target = entry.target};
  }
};

void append_tar_header(std::string& out, const TarMember& member);

// The size a header block states, which is all that has to be known of a member the manifest cannot
// describe: the manifest itself, and the log. Only the form we write counts, eleven octal digits
// and NUL.
Result<std::uint64_t> stated_size(std::string_view header_block);

// Zero bytes between a content of this size and the next header.
constexpr std::size_t tar_padding(std::uint64_t size_bytes) {
  return static_cast<std::size_t>(-size_bytes % kTarBlockBytes);
}

}  // namespace vc::agent
