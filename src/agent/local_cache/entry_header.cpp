#include "agent/local_cache/entry_header.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <array>

namespace vc::agent {

namespace {

namespace json = boost::json;

constexpr std::size_t kSkippableHeaderBytes = 8;
constexpr std::size_t kPayloadBytes = kEntryHeaderBytes - kSkippableHeaderBytes;
// Magic number 0x184D2A50, then the length of the payload, both little-endian.
constexpr std::array<char, kSkippableHeaderBytes> kSkippableHeader{
    0x50, 0x2A, 0x4D, 0x18, static_cast<char>(kPayloadBytes & 0xFF), kPayloadBytes >> 8, 0, 0};

}  // namespace

Result<std::string> encode_entry_header(const EntryHeader& header) {
  const std::string payload =
      json::serialize(json::object{{"key", header.key.hex()},
                                   {"sha256", header.sha256.hex()},
                                   {"size", header.archive_bytes},
                                   {"vcmeta", header.vcmeta},
                                   {"created_ms", header.created.time_since_epoch().count()}});
  if (payload.size() > kPayloadBytes) {
    return fail(Errc::too_large, fmt::format("metadata of {} bytes does not fit a cache entry",
                                             header.vcmeta.size()));
  }
  std::string bytes(kSkippableHeader.data(), kSkippableHeader.size());
  bytes += payload;
  bytes.resize(kEntryHeaderBytes, ' ');
  return bytes;
}

std::optional<EntryHeader> decode_entry_header(std::string_view bytes) {
  if (bytes.size() != kEntryHeaderBytes ||
      !bytes.starts_with(std::string_view(kSkippableHeader.data(), kSkippableHeader.size()))) {
    return std::nullopt;
  }
  json::error_code error;
  const json::value root = json::parse(bytes.substr(kSkippableHeaderBytes), error);
  const json::object* object = error ? nullptr : root.if_object();
  const auto member = [&](std::string_view name) {
    const json::value* value = object == nullptr ? nullptr : object->if_contains(name);
    return value == nullptr ? json::value() : *value;
  };
  const json::value key = member("key");
  const json::value sha256 = member("sha256");
  const json::value vcmeta = member("vcmeta");
  const json::value size = member("size");
  const json::value created = member("created_ms");
  if (!key.is_string() || !sha256.is_string() || !vcmeta.is_string() || !size.is_int64() ||
      size.get_int64() < 0 || !created.is_int64()) {
    return std::nullopt;
  }
  const auto key_digest = Digest::parse(key.get_string());
  const auto archive_digest = Digest::parse(sha256.get_string());
  if (!key_digest || !archive_digest) {
    return std::nullopt;
  }
  return EntryHeader{.key = *key_digest,
                     .sha256 = *archive_digest,
                     .archive_bytes = static_cast<std::uint64_t>(size.get_int64()),
                     .vcmeta = std::string(vcmeta.get_string()),
                     .created = TimePoint(std::chrono::milliseconds(created.get_int64()))};
}

}  // namespace vc::agent
