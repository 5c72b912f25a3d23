// Artifacts in memory, for tests.
#pragma once

#include "agent/outputs.hpp"
#include "core/temp_dir.hpp"
#include "core/zstd.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace vc::agent {

inline Digest test_key() {
  return sha256("a key");
}

inline ArtifactManifest manifest_of(std::vector<OutputEntry> outputs) {
  return {.fingerprint_version = 1,
          .key = test_key(),
          .label = "web#build",
          .duration_ms = 1234,
          .exit_status = 0,
          .outputs = std::move(outputs),
          .provenance = {{"ref", "refs/heads/main"}}};
}

// Yields at most `step` bytes at a time, as a network does.
inline ArchiveSource source_of(std::string bytes, std::size_t step = SIZE_MAX) {
  return [bytes = std::move(bytes), done = std::size_t{0},
          step](std::span<std::byte> room) mutable -> Result<std::size_t> {
    const std::size_t count = std::min({room.size(), bytes.size() - done, step});
    std::memcpy(room.data(), bytes.data() + done, count);
    done += count;
    return count;
  };
}

inline std::string compressed(std::string_view bytes) {
  std::string out;
  ZstdWriter zstd([&](ByteView chunk) -> Result<void> {
    out += as_text(chunk);
    return {};
  });
  EXPECT_TRUE(zstd.write(as_bytes(bytes)));
  EXPECT_TRUE(zstd.finish());
  return out;
}

inline std::string decompressed(std::string_view bytes) {
  ZstdReader zstd(source_of(std::string(bytes)));
  std::string out;
  std::string chunk(64 << 10, '\0');
  for (;;) {
    const auto count = zstd.read(std::as_writable_bytes(std::span(chunk)));
    EXPECT_TRUE(count);
    if (!count || *count == 0) {
      return out;
    }
    out.append(chunk, 0, *count);
  }
}

struct PackResult {
  std::string bytes;
  PackedArtifact packed;
};

inline Result<PackResult> try_pack(const ArtifactManifest& manifest, std::string_view log,
                                   const fs::path& package, const ArchiveLimits& limits = {}) {
  VC_TRY(const TempDir scratch, TempDir::create());
  VC_TRY(const UniqueFd from, open_file(package, O_RDONLY | O_DIRECTORY));
  VC_TRY(const UniqueFd to, open_file(scratch.path() / "archive", O_RDWR | O_CREAT));
  VC_TRY(const PackedArtifact packed, pack_archive(manifest, log, from.get(), to.get(), limits));
  VC_TRY(std::string bytes, read_file(scratch.path() / "archive"));
  return PackResult{.bytes = std::move(bytes), .packed = packed};
}

// Everything below `root/package` that the globs name, packed.
inline std::string pack_outputs(const OutputScope& scope, std::string_view log = "") {
  auto collected = collect_outputs(scope);
  EXPECT_TRUE(collected) << collected.error().message;
  EXPECT_EQ(collected->uncacheable, "");
  auto packed = try_pack(manifest_of(collected->entries), log, scope.root / scope.package);
  EXPECT_TRUE(packed) << packed.error().message;
  return packed->bytes;
}

inline GlobSet globs(const std::vector<std::string>& patterns) {
  auto set = GlobSet::compile(patterns);
  EXPECT_TRUE(set);
  return *std::move(set);
}

}  // namespace vc::agent
