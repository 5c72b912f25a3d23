// The manifest of an artifact: its rules, and its form as JSON (docs/artifact-format.md).
#pragma once

#include "agent/archive.hpp"

#include <string>
#include <string_view>

namespace vc::agent {

// The rules every manifest keeps, ours and a stranger's: paths as check_output_path() wants them,
// sorted, each once; nothing below a file, a link or a directory that is listed (those are empty);
// links that stay inside the package; all within the limits. Errc::invalid or Errc::too_large.
Result<void> check_manifest(const ArtifactManifest& manifest, const ArchiveLimits& limits);

std::string manifest_to_json(const ArtifactManifest& manifest);

// Errc::corrupt for anything that is no manifest or breaks the rules above. Unknown members are
// ignored.
Result<ArtifactManifest> manifest_from_json(std::string_view json, const ArchiveLimits& limits);

}  // namespace vc::agent
