#include "core/hmac.hpp"

#include "core/assert.hpp"
#include "core/evp_context.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <memory>

namespace vc {

namespace {

constexpr std::size_t kBlockBytes = 64;  // Of SHA-256.

// SHA-256 after one block of the key, each byte of it xor `pad`: what RFC 2104 starts both runs
// with.
EvpContext keyed_midstate(const std::array<unsigned char, kBlockBytes>& key, unsigned char pad) {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  VC_ASSERT(kSha256 != nullptr);
  std::array<unsigned char, kBlockBytes> block = key;
  for (unsigned char& byte : block) {
    byte ^= pad;
  }
  EvpContext context = new_evp_context();
  VC_ASSERT(EVP_DigestInit_ex2(context.get(), kSha256, nullptr) == 1);
  VC_ASSERT(EVP_DigestUpdate(context.get(), block.data(), block.size()) == 1);
  OPENSSL_cleanse(block.data(), block.size());
  return context;
}

// Continues `midstate`, which stays as it is, over `message`.
Digest digest_from(const EvpContext& midstate, ByteView message) {
  static thread_local EvpContext scratch = new_evp_context();
  std::array<std::byte, Digest::kSize> value{};
  VC_ASSERT(EVP_MD_CTX_copy_ex(scratch.get(), midstate.get()) == 1);
  VC_ASSERT(EVP_DigestUpdate(scratch.get(), message.data(), message.size()) == 1);
  VC_ASSERT(EVP_DigestFinal_ex(scratch.get(), reinterpret_cast<unsigned char*>(value.data()),
                               nullptr) == 1);
  return Digest(value);
}

}  // namespace

struct HmacKey::State {
  EvpContext inner;
  EvpContext outer;
};

HmacKey::HmacKey(ByteView key) {
  std::array<unsigned char, kBlockBytes> block{};
  const Digest hashed = key.size() > kBlockBytes ? sha256(key) : Digest{};
  const ByteView used = key.size() > kBlockBytes ? ByteView(hashed.bytes()) : key;
  std::ranges::transform(used, block.begin(),
                         [](std::byte byte) { return std::to_integer<unsigned char>(byte); });
  state_ = std::make_unique<State>(keyed_midstate(block, 0x36), keyed_midstate(block, 0x5c));
  OPENSSL_cleanse(block.data(), block.size());
}

HmacKey::~HmacKey() = default;
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;

Digest HmacKey::mac(std::string_view message) const {
  const Digest inner = digest_from(state_->inner, as_bytes(message));
  return digest_from(state_->outer, inner.bytes());
}

}  // namespace vc
