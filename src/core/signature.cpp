#include "core/signature.hpp"

#include "core/assert.hpp"
#include "core/digest.hpp"
#include "core/evp_context.hpp"

#include <memory>

namespace vc {

namespace {

constexpr std::size_t kKeyIdHexDigits = 16;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

const unsigned char* data_of(ByteView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

struct VerifyKey::State {
  Key key;
  std::array<std::byte, kSize> raw{};
};

struct SigningKey::State {
  Key key;
  VerifyKey verify_key;
};

Result<VerifyKey> VerifyKey::parse(ByteView raw) {
  if (raw.size() != kSize) {
    return fail(Errc::invalid,
                "an Ed25519 public key has 32 bytes, not " + std::to_string(raw.size()));
  }
  auto state = std::make_shared<State>();
  state->key.reset(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(raw), raw.size()));
  VC_ASSERT(state->key != nullptr);
  std::copy(raw.begin(), raw.end(), state->raw.begin());
  return VerifyKey(std::move(state));
}

bool VerifyKey::verify(std::string_view message, ByteView signature) const {
  const EvpContext context = new_evp_context();
  VC_ASSERT(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  return EVP_DigestVerify(context.get(), data_of(signature), signature.size(),
                          data_of(as_bytes(message)), message.size()) == 1;
}

std::array<std::byte, VerifyKey::kSize> VerifyKey::raw() const {
  return state_->raw;
}

std::string VerifyKey::id() const {
  return sha256(ByteView(state_->raw)).hex().substr(0, kKeyIdHexDigits);
}

Result<SigningKey> SigningKey::from_seed(ByteView seed) {
  if (seed.size() != kSeedSize) {
    return fail(Errc::invalid, "an Ed25519 seed has 32 bytes, not " + std::to_string(seed.size()));
  }
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(seed), seed.size()));
  VC_ASSERT(key != nullptr);
  std::array<std::byte, VerifyKey::kSize> raw{};
  std::size_t size = raw.size();
  VC_ASSERT(EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()),
                                        &size) == 1);
  VC_TRY(VerifyKey verify_key, VerifyKey::parse(raw));
  return SigningKey(std::make_shared<State>(std::move(key), std::move(verify_key)));
}

std::array<std::byte, SigningKey::kSignatureSize> SigningKey::sign(std::string_view message) const {
  std::array<std::byte, kSignatureSize> signature{};
  std::size_t size = signature.size();
  const EvpContext context = new_evp_context();
  VC_ASSERT(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, state_->key.get()) == 1);
  VC_ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           data_of(as_bytes(message)), message.size()) == 1);
  VC_ASSERT(size == kSignatureSize);
  return signature;
}

VerifyKey SigningKey::verify_key() const {
  return state_->verify_key;
}

}  // namespace vc
