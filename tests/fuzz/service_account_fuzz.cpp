// Key files that are anything but: nothing crashes, no error repeats what was read, and what is
// accepted signs.
#include "core/assert.hpp"
#include "storage/gcs/service_account.hpp"

#include <cstdint>
#include <string>

namespace {

// Stands for a part of a key; no message has it by itself.
constexpr std::string_view kMarker = "5pl1nt3rOfAK3y";

void expect_silence(const vc::Error& error) {
  VC_ASSERT(error.code == vc::Errc::invalid && !error.message.empty());
  VC_ASSERT(!error.message.contains(kMarker) && !error.hint.contains(kMarker));
}

void try_text(std::string_view text) {
  if (const auto account = vc::storage::parse_service_account(text)) {
    VC_ASSERT(account->client_email.contains('@') && !account->key.sign("text").empty());
  } else {
    expect_silence(account.error());
  }
  if (const auto key = vc::RsaKey::parse(text)) {
    VC_ASSERT(key->sign("text").size() * 8 >= vc::RsaKey::kBitsMin);
  } else {
    expect_silence(key.error());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  try_text(text);
  try_text(text.insert(size / 2, kMarker));
  return 0;
}
