#include "core/content_md5.hpp"

#include "core/bytes.hpp"
#include "core/evp_context.hpp"
#include "core/files.hpp"

#include <algorithm>
#include <array>

namespace vc {

namespace {

constexpr std::size_t kMd5Block = 64 << 10;
constexpr std::size_t kMd5Bytes = 16;

}  // namespace

Result<std::string> content_md5(int fd, std::uint64_t offset, std::uint64_t size_bytes) {
  const EvpContext context = new_evp_context();
  if (EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1) {
    return fail(Errc::invalid, "this machine's OpenSSL has no MD5");
  }
  std::array<std::byte, kMd5Block> block;
  while (size_bytes > 0) {
    const std::span<std::byte> wanted(block.data(),
                                      std::min<std::uint64_t>(block.size(), size_bytes));
    VC_TRY(const std::size_t count, pread_up_to(fd, wanted, offset));
    if (count < wanted.size()) {
      return fail(Errc::corrupt, "the file is shorter than it was");
    }
    EVP_DigestUpdate(context.get(), block.data(), count);
    offset += count;
    size_bytes -= count;
  }
  std::array<std::byte, kMd5Bytes> digest;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  return base64_encode(digest);
}

}  // namespace vc
