// Key files that are anything but: nothing crashes, no error repeats what was read, and what is
// accepted signs.
#include "core/assert.hpp"
#include "storage/gcs/service_account.hpp"

#include <cstdint>

namespace {

// Shorter pieces can stand in a message by chance.
constexpr std::size_t kTellingBytes = 24;

void expect_silence(const vc::Error& error, std::string_view text) {
  VC_ASSERT(error.code == vc::Errc::invalid && !error.message.empty());
  for (std::size_t begin = 0; begin + kTellingBytes <= text.size(); begin += kTellingBytes) {
    const std::string_view piece = text.substr(begin, kTellingBytes);
    VC_ASSERT(error.message.find(piece) == std::string::npos);
    VC_ASSERT(error.hint.find(piece) == std::string::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto account = vc::storage::parse_service_account(text)) {
    VC_ASSERT(account->client_email.contains('@') && !account->key.sign("text").empty());
  } else {
    expect_silence(account.error(), text);
  }
  if (const auto key = vc::RsaKey::parse(text)) {
    VC_ASSERT(key->sign("text").size() * 8 >= vc::RsaKey::kBitsMin);
  } else {
    expect_silence(key.error(), text);
  }
  return 0;
}
