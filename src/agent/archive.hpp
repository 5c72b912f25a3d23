// Archive: a task's result as one file: tar (POSIX ustar + pax) inside zstd level 3 with a content
// checksum.
//
// Members, in this order: `.velocity/manifest.json`, `.velocity/log`, then the outputs sorted by
// path, with normalised owner and times, modes 0644/0755 kept, symbolic links as links, empty
// directories kept. `tar --zstd -tf` lists it. The same tree gives the same bytes.
// docs/artifact-format.md is the specification. Reading treats every byte as hostile.
#pragma once

#include "agent/fingerprint/file_system_clock.hpp"
#include "agent/output_path.hpp"
#include "agent/task_log.hpp"
#include "core/digest.hpp"
#include "core/files.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// Limits a hostile archive runs into. pack_archive() keeps to them too, so that an archive of ours
// is always readable.
struct ArchiveLimits {
  std::uint64_t unpacked_bytes_max = 64ULL << 30;
  std::uint64_t entries_max = 500'000;
  std::size_t path_bytes_max = kOutputPathBytesMax;
  std::uint64_t manifest_bytes_max = 64ULL << 20;  // Held in memory while it is parsed.
  std::uint64_t log_bytes_max = kEncodedLogBytesMax;
};

enum class EntryKind : std::uint8_t { file, symlink, directory };

struct OutputEntry {
  std::string path;  // Relative to the package directory.
  EntryKind kind = EntryKind::file;
  bool executable = false;
  std::uint64_t size_bytes = 0;
  Digest digest;       // Of a file's content.
  std::string target;  // Of a link.

  friend bool operator==(const OutputEntry&, const OutputEntry&) = default;
};

struct ArtifactManifest {
  std::uint32_t fingerprint_version = 0;
  Digest key;
  std::string label;  // "web#build"
  std::uint64_t duration_ms = 0;
  int exit_status = 0;
  std::vector<OutputEntry> outputs;  // Sorted by path.
  std::map<std::string, std::string> provenance;
};

// Of what a task has made, alone: unlike the archive's, it does not depend on how long the task
// took nor on when it printed what. Equal results have equal digests. `outputs` is sorted by path.
Digest outputs_digest(std::span<const OutputEntry> outputs);

struct PackedArtifact {
  std::uint64_t size_bytes = 0;
  Digest sha256;  // Of the whole file.
};

// Writes the archive to `destination_fd` from its current offset. `manifest.outputs` names what to
// pack below `package_fd`; each file's content must have the kind, mode, size and digest the
// manifest says, else Errc::conflict (it changed while packing) and the destination is worthless. A
// manifest that breaks a rule of the format is Errc::invalid, one past a limit Errc::too_large.
Result<PackedArtifact> pack_archive(const ArtifactManifest& manifest, std::string_view log,
                                    int package_fd, int destination_fd,
                                    const ArchiveLimits& limits = {});

struct UnpackedArtifact {
  ArtifactManifest manifest;
  std::string log;  // Encoded TaskLog; replay_log() checks it.
  Digest sha256;    // Of the whole archive.
  std::uint64_t size_bytes = 0;
  std::optional<FileSystemTime> verified_at;  // For OutputRecord; set by restore_outputs().
};

// Fills the buffer as far as it can; 0 is the end.
using ArchiveSource = std::function<Result<std::size_t>(std::span<std::byte>)>;

// Unpacks below `staging_fd`, an empty directory of ours. Anything unexpected (a name that is
// absolute or has `..`, a device, a hard link, a name below a link or a file, a duplicate, a member
// the manifest does not list, a digest or size that differs, a limit passed, trailing bytes) is
// Errc::corrupt; then the caller discards the staging directory. The umask applies to what is made,
// as it would to what the task makes. Errors of `source` are passed on as they are.
Result<UnpackedArtifact> unpack_archive(const ArchiveSource& source, int staging_fd,
                                        const Digest& expected_key,
                                        const ArchiveLimits& limits = {});

// Manifest and log only; nothing is written, the rest is not read, and `sha256` and `size_bytes`
// stay empty.
Result<UnpackedArtifact> read_archive_head(const ArchiveSource& source,
                                           const ArchiveLimits& limits = {});

}  // namespace vc::agent
