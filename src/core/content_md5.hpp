// content_md5: the Content-MD5 header (RFC 1864) of a file, for object stores that compare nothing
// better. It finds damage in transfer; against people there is the seal.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>

namespace vc {

// Of `size_bytes` bytes of the file from `offset` on, in base64; read with pread. Errc::corrupt
// when the file ends before. Blocks.
Result<std::string> content_md5(int fd, std::uint64_t offset, std::uint64_t size_bytes);

}  // namespace vc
