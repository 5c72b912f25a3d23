// The file of one artifact on the local disk: a header of fixed size, then the body as it came.
//
// The header says how long the body is, what it hashes to and what the artifact says about itself,
// and hashes itself; so one link(2) publishes all of it, one pread(2) answers a HEAD, and a file
// that lost its tail in a power cut is known for one. Described in docs/blob-format.md.
#pragma once

#include "core/bytes.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace vc::storage {

// Also the offset of the body.
inline constexpr std::size_t kBlobHeaderBytes = 2048;

struct BlobHeader {
  std::uint64_t body_bytes = 0;
  Digest sha256;  // Of the body.
  std::string vcmeta;
};

std::array<std::byte, kBlobHeaderBytes> encode_blob_header(const BlobHeader& header);

// Errc::corrupt for what is no such header, Errc::unavailable for one of a newer version.
Result<BlobHeader> decode_blob_header(ByteView bytes);

// Reads the header of an open file and holds it against the file's size: Errc::corrupt also when
// the body is shorter or longer than recorded. Does not read the body.
Result<BlobHeader> read_blob_header(int fd, std::uint64_t file_bytes);

}  // namespace vc::storage
