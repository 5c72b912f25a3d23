#include "storage/local_blob.hpp"

#include "core/assert.hpp"
#include "core/files.hpp"
#include "wire/vcmeta.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace vc::storage {

namespace {

// As in PNG: a byte with the high bit set, and a newline that a text transfer would mangle.
constexpr std::string_view kMagic = "\x89VCBLOB\n";
constexpr std::uint32_t kVersion = 1;

constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kHeaderBytesAt = 12;
constexpr std::size_t kBodyBytesAt = 16;
constexpr std::size_t kBodyDigestAt = 24;
constexpr std::size_t kVcmetaBytesAt = 56;
constexpr std::size_t kVcmetaAt = 60;
constexpr std::size_t kHeaderDigestAt = kBlobHeaderBytes - Digest::kSize;
static_assert(kVcmetaAt + wire::kVcmetaBytesMax <= kHeaderDigestAt);

// Integers are little-endian.
template <class Integer>
void put(std::span<std::byte> out, std::size_t at, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[at + i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
  }
}

template <class Integer>
Integer get(ByteView bytes, std::size_t at) {
  Integer value = 0;
  for (std::size_t i = sizeof value; i > 0; --i) {
    value = static_cast<Integer>(value << 8) | std::to_integer<Integer>(bytes[at + i - 1]);
  }
  return value;
}

Digest get_digest(ByteView bytes, std::size_t at) {
  std::array<std::byte, Digest::kSize> raw;
  std::ranges::copy(bytes.subspan(at, raw.size()), raw.begin());
  return Digest(raw);
}

}  // namespace

std::array<std::byte, kBlobHeaderBytes> encode_blob_header(const BlobHeader& header) {
  VC_ASSERT(header.vcmeta.size() <= wire::kVcmetaBytesMax);
  std::array<std::byte, kBlobHeaderBytes> out{};
  std::ranges::copy(as_bytes(kMagic), out.begin());
  put(out, kVersionAt, kVersion);
  put(out, kHeaderBytesAt, static_cast<std::uint32_t>(kBlobHeaderBytes));
  put(out, kBodyBytesAt, header.body_bytes);
  std::ranges::copy(header.sha256.bytes(), out.begin() + kBodyDigestAt);
  put(out, kVcmetaBytesAt, static_cast<std::uint32_t>(header.vcmeta.size()));
  std::ranges::copy(as_bytes(header.vcmeta), out.begin() + kVcmetaAt);
  const Digest check = sha256(ByteView(out).first(kHeaderDigestAt));
  std::ranges::copy(check.bytes(), out.begin() + kHeaderDigestAt);
  return out;
}

Result<BlobHeader> decode_blob_header(ByteView bytes) {
  if (bytes.size() < kBlobHeaderBytes || !as_text(bytes).starts_with(kMagic)) {
    return fail(Errc::corrupt, "no blob header");
  }
  // Before the digest: a later version may keep it elsewhere.
  if (get<std::uint32_t>(bytes, kVersionAt) > kVersion) {
    return fail(Errc::unavailable, "this artifact was stored by a newer velocity-server",
                "upgrade this velocity-server too, or start it on a root of its own");
  }
  const auto vcmeta_bytes = get<std::uint32_t>(bytes, kVcmetaBytesAt);
  if (sha256(bytes.first(kHeaderDigestAt)) != get_digest(bytes, kHeaderDigestAt) ||
      get<std::uint32_t>(bytes, kVersionAt) != kVersion ||
      get<std::uint32_t>(bytes, kHeaderBytesAt) != kBlobHeaderBytes ||
      vcmeta_bytes > wire::kVcmetaBytesMax) {
    return fail(Errc::corrupt, "the blob header is damaged");
  }
  return BlobHeader{.body_bytes = get<std::uint64_t>(bytes, kBodyBytesAt),
                    .sha256 = get_digest(bytes, kBodyDigestAt),
                    .vcmeta = std::string(as_text(bytes.subspan(kVcmetaAt, vcmeta_bytes)))};
}

Result<BlobHeader> read_blob_header(int fd, std::uint64_t file_bytes) {
  std::array<std::byte, kBlobHeaderBytes> bytes;
  VC_TRY(const std::size_t count, pread_up_to(fd, bytes, 0));
  VC_TRY(BlobHeader header, decode_blob_header(ByteView(bytes).first(count)));
  // The subtraction cannot wrap: a whole header was just read. An addition could.
  if (file_bytes < kBlobHeaderBytes || file_bytes - kBlobHeaderBytes != header.body_bytes) {
    return fail(Errc::corrupt, "the file has " + std::to_string(file_bytes) +
                                   " bytes, its header promises a body of " +
                                   std::to_string(header.body_bytes));
  }
  return header;
}

}  // namespace vc::storage
