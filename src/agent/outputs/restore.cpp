#include "agent/outputs.hpp"
#include "agent/outputs/placement.hpp"
#include "agent/outputs/staging.hpp"
#include "agent/outputs/walk.hpp"
#include "agent/state_directory.hpp"
#include "core/files.hpp"

#include <fmt/format.h>

namespace vc::agent {

namespace {

Result<UnpackedArtifact> unpack_and_verify(const RestoreRequest& request,
                                           const ArchiveSource& source, int tree_fd) {
  VC_TRY(UnpackedArtifact artifact, unpack_archive(source, tree_fd, request.key, request.limits));
  if (request.archive_sha256 && artifact.sha256 != *request.archive_sha256) {
    return fail(Errc::corrupt, fmt::format("damaged artifact: its SHA-256 is {}, not {}",
                                           artifact.sha256.hex(), request.archive_sha256->hex()));
  }
  // The key covers the globs, so an artifact of ours has nothing else.
  for (const OutputEntry& entry : artifact.manifest.outputs) {
    if (!request.scope.globs->matches(entry.path)) {
      return fail(Errc::corrupt, fmt::format("damaged artifact: {} is not among the task's outputs",
                                             printable(entry.path)));
    }
  }
  return artifact;
}

std::string temporary_name(const Staging& staging) {
  return std::string(kTemporaryPrefix) + staging.id();
}

// The two steps that change the package, from the first or from where they were interrupted.
Result<void> swap_in(Staging& staging, int package_fd, std::span<const std::string> owned_roots) {
  if (staging.phase() == Staging::Phase::replacing) {
    VC_TRY(const UniqueFd old, staging.make_old());
    VC_CHECK(set_aside(package_fd, owned_roots, old.get()));
    VC_CHECK(staging.begin_placing());
  }
  return place_tree(staging.tree_fd(), package_fd, temporary_name(staging));
}

// `package` comes from a file, and names a directory in which outputs get replaced.
bool is_package_path(std::string_view package) {
  return package.empty() || package == "." || check_output_path(package).has_value();
}

Result<void> finish(Staging& staging, const RestoreIntent& intent, const fs::path& root,
                    const fs::path& state_directory) {
  if (!is_package_path(intent.package)) {
    return fail(Errc::corrupt, "an intent record names no package");
  }
  VC_CHECK(remove_output_record(state_directory, intent.label));
  VC_TRY(const GlobSet globs, GlobSet::compile(intent.patterns));
  VC_TRY(const UniqueFd package,
         open_package({.root = root, .package = intent.package, .globs = &globs}));
  OutputTree existing;
  if (staging.phase() == Staging::Phase::replacing) {
    VC_TRY(existing, walk_outputs(package.get(), globs, WalkDetail::names));
  }
  return swap_in(staging, package.get(), existing.owned_roots);
}

}  // namespace

Result<UnpackedArtifact> restore_outputs(const RestoreRequest& request,
                                         const ArchiveSource& source) {
  const OutputScope& scope = request.scope;
  VC_TRY(Staging staging, Staging::create(request.state_directory));
  VC_TRY(UnpackedArtifact artifact, unpack_and_verify(request, source, staging.tree_fd()));
  VC_TRY(const UniqueFd package, open_package(scope));
  VC_TRY(const OutputTree existing, walk_outputs(package.get(), *scope.globs, WalkDetail::names));
  VC_CHECK(check_room(staging.tree_fd(), package.get(), existing.owned_roots));
  VC_CHECK(remove_output_record(request.state_directory, request.label));
  // Whatever changes after this was not us: files that must be hashed to be known.
  VC_TRY(
      artifact.verified_at,
      staging.record(
          {.package = scope.package, .label = request.label, .patterns = scope.globs->patterns()},
          existing.owned_roots.empty() ? Staging::Phase::placing : Staging::Phase::replacing));
  VC_CHECK(swap_in(staging, package.get(), existing.owned_roots));
  return artifact;
}

Result<void> finish_interrupted_restores(const fs::path& root, const fs::path& state_directory) {
  const TimePoint now = SystemClock().now();
  sweep_temporaries(state_directory, now);
  sweep_temporaries(state_directory / kRecordDirectory, now);
  VC_TRY(const auto ids, Staging::ids(state_directory));
  for (const std::string& id : ids) {
    VC_TRY(std::optional<Staging> staging, Staging::adopt(state_directory, id));
    if (!staging) {
      continue;
    }
    if (const std::optional<RestoreIntent>& intent = staging->intent()) {
      // Where it cannot be completed, the outputs are incomplete, without a record, and the next
      // hit or execution replaces them; nothing is lost by discarding the rest.
      static_cast<void>(finish(*staging, *intent, root, state_directory));
    }
  }
  return {};
}

}  // namespace vc::agent
