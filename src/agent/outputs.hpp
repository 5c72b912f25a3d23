// Outputs: the files a task leaves behind: found, removed before a run, put back on a hit, and
// known to be right already.
//
// A hit equals a clean build: afterwards exactly the recorded files are under the output globs,
// with kind, mode and content. Nothing outside the globs is touched; no path is followed through a
// symbolic link out of the package.
#pragma once

#include "agent/archive.hpp"
#include "agent/file_index.hpp"
#include "core/glob.hpp"
#include "core/result.hpp"

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
  // package. Names the path.
  std::string uncacheable;
};

Result<CollectedOutputs> collect_outputs(const OutputScope& scope);

// Removes everything under the globs (and directories that become empty). Before a task runs.
Result<void> remove_outputs(const OutputScope& scope);

// Makes the tree below the globs exactly `artifact`'s: unpacks into a staging directory inside
// `state_directory`, verifies, then renames into place after an intent record, and removes extra
// files. Killed at any point, finish_interrupted_restores() of the next run completes or discards
// it. Errc::corrupt: nothing in the package was changed.
struct RestoreRequest {
  OutputScope scope;
  fs::path state_directory;  // <root>/.velocity
  Digest key;
};

Result<UnpackedArtifact> restore_outputs(const RestoreRequest& request,
                                         const ArchiveSource& source);
Result<void> finish_interrupted_restores(const fs::path& root, const fs::path& state_directory);

// What a task left on disk, so that the next run can see with stats alone that it is still there.
struct OutputRecord {
  Digest key;
  std::uint64_t duration_ms = 0;
  std::string log;  // Encoded TaskLog, for replay without opening the artifact.
  std::vector<OutputEntry> entries;
  std::vector<FileStamp> stamps;  // By entry.
};

enum class Verification { stamps, content };

// `<state_directory>/outputs/<sha256 of label>`; written atomically. A damaged record is absent.
Result<void> write_output_record(const fs::path& state_directory, std::string_view label,
                                 const OutputScope& scope, OutputRecord record);
std::optional<OutputRecord> read_output_record(const fs::path& state_directory,
                                               std::string_view label);
// Whether exactly the recorded outputs are there, and nothing else under the globs. A stamp that
// differs is re-hashed before it counts.
bool outputs_are_current(const OutputScope& scope, const OutputRecord& record,
                         Verification verification);

}  // namespace vc::agent
