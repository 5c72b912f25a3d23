// Artifact metadata from strangers: nothing crashes, no forged seal opens, and whatever the
// metadata says, sealing it gives a header of bounded size that opens again.
#include "core/assert.hpp"
#include "wire/vcmeta.hpp"

#include <cstdint>
#include <vector>

namespace {

const vc::SigningKey& key() {
  static const vc::SigningKey kKey =
      vc::SigningKey::from_seed(vc::Bytes(vc::SigningKey::kSeedSize, std::byte{7})).value();
  return kKey;
}

void try_header(std::string_view header) {
  static const std::vector<vc::VerifyKey> kKeys{key().verify_key()};
  const auto unverified = vc::wire::read_vcmeta_unverified(header);
  const auto opened = vc::wire::open_vcmeta(header, kKeys);
  VC_ASSERT(!opened.has_value() || unverified.has_value());
  if (opened) {  // Only from the corpus: then what was sealed reads the same again.
    const auto again = vc::wire::open_vcmeta(vc::wire::seal_vcmeta(opened->meta, key()), kKeys);
    VC_ASSERT(again.has_value() && again->meta.key == opened->meta.key);
  }
}

void try_seal(std::string_view text) {
  static const std::vector<vc::VerifyKey> kKeys{key().verify_key()};
  vc::wire::ArtifactMeta meta{.scope = "default", .name_space = "velocity", .key = "k"};
  while (!text.empty()) {  // Pieces of the input become names and values.
    const std::size_t bytes = std::min<std::size_t>(text.size(), 1 + (text.front() & 0xff));
    const std::string_view piece = text.substr(0, bytes);
    meta.provenance.emplace(piece.substr(0, bytes / 4), piece.substr(bytes / 4));
    text.remove_prefix(bytes);
  }
  const std::string header = vc::wire::seal_vcmeta(meta, key());
  VC_ASSERT(header.size() <= vc::wire::kVcmetaBytesMax);
  const auto opened = vc::wire::open_vcmeta(header, kKeys);
  VC_ASSERT(opened.has_value() && opened->meta.key == "k");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_header(text);
  try_header(vc::base64url_encode(vc::as_bytes(text)));
  try_seal(text);
  return 0;
}
