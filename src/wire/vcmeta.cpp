#include "wire/vcmeta.hpp"

#include "core/assert.hpp"
#include "core/utf8.hpp"
#include "wire/json_document.hpp"
#include "wire/json_writer.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vc::wire {
namespace {

// The seal covers this and then the JSON text up to its own member, byte for byte. So a reader
// needs no canonicalisation, and members added by a later version stay covered.
constexpr std::string_view kSealDomain = "velocitycache vcmeta v1\n";
constexpr std::string_view kSealMember = R"(,"seal":")";
constexpr std::string_view kSealEnd = R"("})";
constexpr std::size_t kSealTextBytes = 86;  // 64 bytes in base64url.

constexpr std::size_t kJsonBytesMax = kVcmetaBytesMax / 4 * 3;
constexpr std::size_t kProvenanceValueBytesMax = 128;
constexpr std::size_t kProvenanceNameBytesMax = 32;

// What is kept first when not everything fits; names not listed come last, in their own order.
constexpr std::array<std::string_view, 8> kProvenanceOrder = {
    "subject", "rule", "time", "outputs", "repository", "ref", "commit", "run"};

using Provenance = std::map<std::string, std::string>;

// At most `bytes_max` bytes, never in the middle of a UTF-8 sequence.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

// As JsonWriter will write it. Two names that differ in invalid bytes only become one here, and not
// a duplicate member that no reader takes.
std::string as_utf8(std::string_view text) {
  constexpr char32_t kReplacement = 0xFFFD;
  std::string out;
  while (!text.empty()) {
    const Utf8Character character = first_utf8_character(text);
    append_utf8(out, character.valid ? character.value : kReplacement);
    text.remove_prefix(character.size);
  }
  return out;
}

std::string body_json(const ArtifactMeta& meta, const Provenance& provenance,
                      std::string_view key_id) {
  std::string out;
  JsonWriter json(out);
  json.open('{');
  json.member("scope", meta.scope);
  json.member("namespace", meta.name_space);
  json.member("key", meta.key);
  if (meta.size_bytes) {
    json.member("size", *meta.size_bytes);
  }
  if (meta.sha256) {
    json.member("sha256", meta.sha256->hex());
  }
  json.member("duration_ms", meta.duration_ms);
  json.name("provenance");
  json.open('{');
  for (const auto& [name, value] : provenance) {
    json.any_name(name);
    json.text(value);
  }
  json.close('}');
  json.member("key_id", key_id);
  return out;  // Open: the seal and the closing brace follow.
}

std::size_t escaped_bytes(std::string_view name, std::string_view value) {
  std::string out;
  JsonWriter json(out);
  json.any_name(name);
  json.text(value);
  return out.size() + 1;  // The comma.
}

// The entries that fit into `room` bytes of JSON, the important ones first.
Provenance fitting(const Provenance& all, std::size_t room) {
  std::vector<const Provenance::value_type*> entries;
  for (const auto& entry : all) {
    entries.push_back(&entry);
  }
  const auto rank = [](const Provenance::value_type* entry) {
    const auto known = std::ranges::find(kProvenanceOrder, entry->first);
    return std::pair(known - kProvenanceOrder.begin(), std::string_view(entry->first));
  };
  std::ranges::sort(entries, {}, rank);

  Provenance kept;
  for (const auto* entry : entries) {
    const std::string name = as_utf8(cut(entry->first, kProvenanceNameBytesMax));
    const auto value = cut(entry->second, kProvenanceValueBytesMax);
    const std::size_t bytes = escaped_bytes(name, value);
    if (bytes <= room && kept.emplace(name, value).second) {
      room -= bytes;
    }
  }
  return kept;
}

std::unexpected<Error> corrupt(std::string_view what) {
  return fail(Errc::corrupt, "vcmeta: " + std::string(what));
}

Result<std::string> json_of(std::string_view header) {
  if (header.size() > kVcmetaBytesMax) {
    return corrupt("longer than 1536 bytes");
  }
  const auto bytes = base64url_decode(header);
  if (!bytes) {
    return corrupt("not base64url");
  }
  return std::string(as_text(*bytes));
}

Result<SealedMeta> read_json(std::string_view json) {
  VC_TRY(const auto document, JsonDocument::parse(json));
  const JsonValue root = document.root();
  VC_CHECK(require_object(root, "vcmeta"));
  SealedMeta sealed;
  VC_TRY(sealed.meta.scope, required_text(root, "scope"));
  VC_TRY(sealed.meta.name_space, required_text(root, "namespace"));
  VC_TRY(sealed.meta.key, required_text(root, "key"));
  VC_TRY(sealed.meta.size_bytes, optional_integer(root, "size"));
  VC_TRY(sealed.meta.sha256, optional_digest(root, "sha256"));
  VC_TRY(const auto duration_ms, optional_integer(root, "duration_ms"));
  sealed.meta.duration_ms = duration_ms.value_or(0);
  VC_TRY(sealed.meta.provenance, optional_text_map(root, "provenance"));
  VC_TRY(sealed.key_id, required_text(root, "key_id"));
  return sealed;
}

// What does not read is corrupt, whatever the reading said.
Result<SealedMeta> read(std::string_view json) {
  auto sealed = read_json(json);
  if (!sealed) {
    return corrupt(sealed.error().message);
  }
  return sealed;
}

}  // namespace

std::string seal_vcmeta(const ArtifactMeta& meta, const SigningKey& key) {
  const std::string key_id = key.verify_key().id();
  const std::size_t fixed =
      body_json(meta, {}, key_id).size() + kSealMember.size() + kSealTextBytes + kSealEnd.size();
  VC_ASSERT(fixed <= kJsonBytesMax);  // Scope and key are validated names of bounded length.
  std::string json = body_json(meta, fitting(meta.provenance, kJsonBytesMax - fixed), key_id);
  const auto seal = key.sign(std::string(kSealDomain) + json);
  json += kSealMember;
  json += base64url_encode(seal);
  json += kSealEnd;
  return base64url_encode(as_bytes(json));
}

Result<SealedMeta> read_vcmeta_unverified(std::string_view header) {
  VC_TRY(const std::string json, json_of(header));
  return read(json);
}

Result<SealedMeta> open_vcmeta(std::string_view header, std::span<const VerifyKey> keys) {
  VC_TRY(const std::string json, json_of(header));
  constexpr std::size_t kTailBytes = kSealMember.size() + kSealTextBytes + kSealEnd.size();
  if (json.size() < kTailBytes) {
    return corrupt("no seal");
  }
  const std::string_view tail = std::string_view(json).substr(json.size() - kTailBytes);
  if (!tail.starts_with(kSealMember) || !tail.ends_with(kSealEnd)) {
    return corrupt("no seal");
  }
  const auto seal = base64url_decode(tail.substr(kSealMember.size(), kSealTextBytes));
  if (!seal) {
    return corrupt("bad seal");
  }
  VC_TRY(SealedMeta sealed, read(json));
  const auto key = std::ranges::find(keys, sealed.key_id, &VerifyKey::id);
  if (key == keys.end()) {
    return fail(Errc::denied, "vcmeta: sealed by a key that is not trusted here",
                "compare the remote's seal keys in velocity.yml with those in its capabilities");
  }
  const std::string_view body = std::string_view(json).substr(0, json.size() - kTailBytes);
  std::string sealed_text(kSealDomain);
  sealed_text += body;
  if (!key->verify(sealed_text, *seal)) {
    return corrupt("the seal does not match");
  }
  return sealed;
}

}  // namespace vc::wire
