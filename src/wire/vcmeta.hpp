// ArtifactMeta: what an artifact says about itself (`vcmeta`), under the gateway's Ed25519 seal.
//
// One header value: base64url(JSON) of at most 1.5 KB. The seal is made when an upload ticket is
// vended and attests that this identity was authorised to write this digest under this key. Readers
// verify seal, scope, key and the digest of the whole body before anything is published.
#pragma once

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vc::wire {

inline constexpr std::size_t kVcmetaBytesMax = 1536;

struct ArtifactMeta {
  std::string scope;
  std::string name_space;
  std::string key;
  std::optional<std::uint64_t> size_bytes;  // Absent when the uploader named no size (curl).
  std::optional<Digest> sha256;             // Of the whole body; absent likewise.
  std::uint64_t duration_ms = 0;            // How long the task ran.
  // Who and what made it: "subject", "repository", "ref", "commit", "run", "rule", "time", and
  // "outputs", the digest of the result without its timings. Values over 128 bytes are cut.
  std::map<std::string, std::string> provenance;
};

// Canonical: the same meta and key give the same bytes.
std::string seal_vcmeta(const ArtifactMeta& meta, const SigningKey& key);

struct SealedMeta {
  ArtifactMeta meta;
  std::string key_id;  // Which key sealed it.
};

// Errc::corrupt for what does not parse or whose seal fails, Errc::denied for a key id that is not
// among `keys`.
Result<SealedMeta> open_vcmeta(std::string_view header, std::span<const VerifyKey> keys);
// Parses without checking the seal: for a reader that was told `signature: off`, and for listings.
Result<SealedMeta> read_vcmeta_unverified(std::string_view header);

}  // namespace vc::wire
