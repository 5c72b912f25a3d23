// EvpContext: OpenSSL's digest context with an owner. Private to core/*.cpp.
#pragma once

#include "core/assert.hpp"

#include <openssl/evp.h>

#include <memory>

namespace vc {

struct FreeEvpContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

using EvpContext = std::unique_ptr<EVP_MD_CTX, FreeEvpContext>;

inline EvpContext new_evp_context() {
  EvpContext context(EVP_MD_CTX_new());
  VC_ASSERT(context != nullptr);
  return context;
}

}  // namespace vc
