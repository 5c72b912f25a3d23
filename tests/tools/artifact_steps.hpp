// ArtifactSteps: packing, publishing and restoring one artifact in a small workspace, for the
// program that gets killed at it and the test that looks at what is left.
#pragma once

#include "agent/local_cache.hpp"
#include "agent/outputs.hpp"
#include "core/clock.hpp"

#include <fcntl.h>

#include <memory>
#include <string>
#include <utility>

namespace vc::tools {

class ArtifactSteps {
 public:
  static constexpr std::string_view kLabel = "web#build";

  static Result<ArtifactSteps> create(const fs::path& root) {
    VC_TRY(GlobSet globs, GlobSet::compile({"dist/**", "report.html"}));
    auto clock = std::make_unique<SystemClock>();
    VC_TRY(auto cache, agent::LocalCache::open(root / ".velocity/cache", "tier", {}, *clock));
    return ArtifactSteps(root, std::move(globs), std::move(clock), std::move(cache));
  }

  static Digest key() { return sha256("the key of web#build"); }

  agent::OutputScope scope() const { return {.root = root_, .package = "web", .globs = &globs_}; }

  fs::path state() const { return root_ / ".velocity"; }

  agent::LocalCache& cache() const { return *cache_; }

  Result<void> publish() const {
    VC_TRY(const auto collected, agent::collect_outputs(scope()));
    VC_TRY(const UniqueFd package, open_file(root_ / "web", O_RDONLY | O_DIRECTORY));
    VC_TRY(const auto writer, cache_->writer());
    const agent::ArtifactManifest manifest{.fingerprint_version = 1,
                                           .key = key(),
                                           .label = std::string(kLabel),
                                           .duration_ms = 5,
                                           .exit_status = 0,
                                           .outputs = collected.entries,
                                           .provenance = {}};
    VC_TRY(const auto packed,
           agent::pack_archive(manifest, "the log", package.get(), writer->fd()));
    return writer->publish(key(), packed.sha256, packed.size_bytes, "");
  }

  Result<void> restore() const {
    VC_TRY(const auto entry, cache_->find(key()));
    if (!entry) {
      return fail(Errc::not_found, "no artifact to restore");
    }
    VC_TRY(auto artifact, agent::restore_outputs({.scope = scope(),
                                                  .state_directory = state(),
                                                  .key = key(),
                                                  .archive_sha256 = entry->sha256,
                                                  .label = std::string(kLabel),
                                                  .limits = {}},
                                                 agent::archive_source(*entry)));
    return agent::write_output_record(state(), kLabel, scope(),
                                      {.key = key(),
                                       .duration_ms = artifact.manifest.duration_ms,
                                       .log = std::move(artifact.log),
                                       .entries = std::move(artifact.manifest.outputs),
                                       .verified_at = artifact.verified_at,
                                       .stamps = {},
                                       .file = {}});
  }

 private:
  ArtifactSteps(fs::path root, GlobSet globs, std::unique_ptr<SystemClock> clock,
                std::unique_ptr<agent::LocalCache> cache)
      : root_(std::move(root)),
        globs_(std::move(globs)),
        clock_(std::move(clock)),
        cache_(std::move(cache)) {}

  fs::path root_;
  GlobSet globs_;
  std::unique_ptr<SystemClock> clock_;
  std::unique_ptr<agent::LocalCache> cache_;
};

}  // namespace vc::tools
