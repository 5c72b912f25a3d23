// Outputs: the files a task leaves behind: found, removed before a run, put back on a hit, and
// known to be right already.
//
// A hit equals a clean build: afterwards exactly the recorded files are under the output globs,
// with kind, exec bit and content. Nothing outside the globs is touched; no path is followed
// through a symbolic link. `.git` anywhere and `.velocity` at the top of a package are never
// outputs, whatever the globs say.
#pragma once

#include "agent/archive.hpp"
#include "agent/file_index.hpp"
#include "agent/fingerprint/file_system_clock.hpp"
#include "core/glob.hpp"
#include "core/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vc::agent {

// One task's outputs on disk. Cheap to make; holds no descriptors.
struct OutputScope {
  fs::path root;         // Workspace root.
  std::string package;   // Package directory relative to it.
  const GlobSet* globs;  // Relative to the package.
};

struct CollectedOutputs {
  std::vector<OutputEntry> entries;  // Sorted by path, digests filled in.
  // Why this result cannot be cached, if it cannot: a FIFO, a device, a link that leaves the
  // package, a name that no archive can hold. Names the path.
  std::string uncacheable;
  std::optional<FileSystemTime> verified_at;  // For OutputRecord.
};

Result<CollectedOutputs> collect_outputs(const OutputScope& scope);

// Removes everything under the globs (and directories that become empty, but never the package).
// Before a task runs.
Result<void> remove_outputs(const OutputScope& scope);

// The files under the globs that are also something that must stay: a task input, a file that git
// tracks, another task's output. Removing or replacing outputs is only right when there are none.
// `is_protected` gets paths relative to the package.
Result<std::vector<std::string>> protected_overlap(
    const OutputScope& scope, const std::function<bool(std::string_view)>& is_protected);

// Makes the tree below the globs exactly `artifact`'s: unpacks into a staging directory inside
// `state_directory`, verifies, then renames into place after an intent record, and removes extra
// files. Killed at any point, finish_interrupted_restores() of the next run completes or discards
// it.
struct RestoreRequest {
  OutputScope scope;
  fs::path state_directory;  // <root>/.velocity
  Digest key;
  std::optional<Digest> archive_sha256;  // Of the whole archive, as the seal or the cache says.
  std::string label;                     // Whose output record is invalid from now on.
  ArchiveLimits limits;
};

// Errc::corrupt: nothing in the package was changed. Errc::conflict: neither; a file that is no
// output is in the way. After any other error the outputs may be incomplete and have no record.
Result<UnpackedArtifact> restore_outputs(const RestoreRequest& request,
                                         const ArchiveSource& source);
// At the start of a run; also removes temporary files of writers that were killed. Leaves alone
// what a living process is at.
Result<void> finish_interrupted_restores(const fs::path& root, const fs::path& state_directory);

// What a task left on disk, so that the next run can see with stats alone that it is still there.
struct OutputRecord {
  Digest key;
  std::uint64_t duration_ms = 0;
  std::string log;  // Encoded TaskLog, for replay without opening the artifact.
  std::vector<OutputEntry> entries;
  // When the entries were known to be what is on disk: CollectedOutputs' or UnpackedArtifact's. A
  // file that was changed later, or in the same tick of the clock, has no stamp to rely on and is
  // hashed again.
  std::optional<FileSystemTime> verified_at;
  // By entry, set by write_output_record(); all zero: hash it.
  std::vector<FileStamp> stamps;
  fs::path file;  // Where it was read from.
};

inline constexpr std::string_view kRecordDirectory = "outputs";

enum class Verification { stamps, content };

// `<state_directory>/outputs/<sha256 of label>`; written atomically. A damaged record is absent.
Result<void> write_output_record(const fs::path& state_directory, std::string_view label,
                                 const OutputScope& scope, OutputRecord record);
std::optional<OutputRecord> read_output_record(const fs::path& state_directory,
                                               std::string_view label);
Result<void> remove_output_record(const fs::path& state_directory, std::string_view label);
// Whether exactly the recorded outputs are there, and nothing else under the globs. A stamp that
// differs is re-hashed before it counts; when that was needed and all is well, the fresh stamps go
// back to the file the record was read from.
bool outputs_are_current(const OutputScope& scope, const OutputRecord& record,
                         Verification verification);

}  // namespace vc::agent
