// Signed URLs: hostile targets never crash the verifier, and nothing is granted that was not
// signed.
#include "core/assert.hpp"
#include "core/testing/fake_clock.hpp"
#include "storage/url_signer.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace vc;
using namespace vc::storage;

constexpr std::string_view kSignatureParameter = "&signature=";

void expect_signed(const UrlSigner& signer, std::string_view method, std::string_view target) {
  const auto grant = signer.verify(method, target);
  if (!grant) {
    return;
  }
  // The clock stands still, so what was granted can be signed again: it must be the same URL.
  const auto expires_at = target.find("?expires=") + std::string_view("?expires=").size();
  const auto expires = std::stoull(std::string(target.substr(expires_at)));
  const FakeClock clock;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now()).time_since_epoch().count();
  const std::chrono::seconds ttl(static_cast<std::int64_t>(expires) - now);
  const Ticket ticket = method == "PUT" ? signer.sign_put(grant->key, grant->terms, ttl)
                                        : signer.sign_get(grant->key, ttl);
  VC_ASSERT(ticket.url == target);
}

// The interesting targets are near misses, so the input's signature is also replaced by a right one
// for a fixed grant: unless all the rest is that grant's, it must not help.
void try_with_signature_of(const UrlSigner& signer, const Ticket& ticket, std::string_view target) {
  const std::size_t end = target.find(kSignatureParameter);
  if (end == std::string_view::npos) {
    return;
  }
  const std::string forged =
      std::string(target.substr(0, end)) + ticket.url.substr(ticket.url.find(kSignatureParameter));
  const bool granted = signer.verify(ticket.method, forged).has_value();
  VC_ASSERT(granted == (forged == ticket.url));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  static const FakeClock clock;
  static const UrlSigner signer(Bytes(kUrlKeySize), clock);
  static const auto key = wire::ObjectKey::native(*wire::Scope::parse("default"), sha256("key"));
  static const std::array<Ticket, 2> tickets = {
      signer.sign_get(key, std::chrono::minutes(15)),
      signer.sign_put(key, {.size_bytes = 4, .sha256 = sha256("body"), .vcmeta = "bWV0YQ"},
                      std::chrono::minutes(15))};
  for (const std::string_view method : {"GET", "HEAD", "PUT"}) {
    expect_signed(signer, method, target);
  }
  for (const Ticket& ticket : tickets) {
    try_with_signature_of(signer, ticket, target);
  }
  return 0;
}
