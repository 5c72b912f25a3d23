#include "core/rsa_key.hpp"

#include "core/assert.hpp"
#include "core/evp_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits>
#include <memory>
#include <utility>

namespace vc {

namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};

struct FreeRsaKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

using OwnedRsaKey = std::unique_ptr<EVP_PKEY, FreeRsaKey>;

// OpenSSL would ask the terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) {
  return -1;
}

OwnedRsaKey read_pem(std::string_view pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return nullptr;
  }
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  VC_ASSERT(bio != nullptr);
  OwnedRsaKey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  ERR_clear_error();  // What it says may quote the text.
  return key;
}

}  // namespace

struct RsaKey::State {
  OwnedRsaKey key;
};

Result<RsaKey> RsaKey::parse(std::string_view pem) {
  OwnedRsaKey key = read_pem(pem);
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return fail(Errc::invalid, "it is no RSA private key in PEM without a passphrase");
  }
  if (EVP_PKEY_get_bits(key.get()) < kBitsMin) {
    return fail(Errc::invalid, "the RSA key has fewer than " + std::to_string(kBitsMin) + " bits");
  }
  auto state = std::make_shared<State>();
  state->key = std::move(key);
  return RsaKey(std::move(state));
}

Bytes RsaKey::sign(std::string_view message) const {
  Bytes signature(static_cast<std::size_t>(EVP_PKEY_get_size(state_->key.get())));
  std::size_t size = signature.size();
  const EvpContext context = new_evp_context();
  // PKCS#1 v1.5 is the padding unless another one is asked for.
  VC_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, state_->key.get()) ==
            1);
  VC_ASSERT(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           reinterpret_cast<const unsigned char*>(message.data()),
                           message.size()) == 1);
  VC_ASSERT(size == signature.size());
  return signature;
}

}  // namespace vc
