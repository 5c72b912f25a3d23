// Credentials from files and services: nothing crashes, what is accepted can stand in a URL and a
// header, an address that is accepted names a host that may be asked, and no error repeats a
// secret.
//
// The first byte says which parser gets the rest.
#include "core/assert.hpp"
#include "storage/s3/credentials/checked_credentials.hpp"
#include "storage/s3/credentials/container_provider.hpp"
#include "storage/s3/credentials/credentials_json.hpp"
#include "storage/s3/credentials/profile_file.hpp"
#include "storage/s3/credentials/sts_answer.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace {

using vc::storage::Credentials;
using vc::storage::ProfileFileKind;

// What the corpus has in the place of secrets.
constexpr std::string_view kSecret = "hush-hush";

void check(const vc::Result<Credentials>& parsed) {
  if (!parsed) {
    VC_ASSERT(!parsed.error().message.contains(kSecret) && !parsed.error().hint.contains(kSecret));
    return;
  }
  for (const std::string& text :
       {parsed->access_key_id, parsed->secret_access_key, parsed->session_token}) {
    VC_ASSERT(std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; }));
  }
  VC_ASSERT(!parsed->access_key_id.empty() && !parsed->secret_access_key.empty());
}

void try_profiles(std::string_view text, ProfileFileKind kind) {
  const auto file = vc::storage::ProfileFile::parse(text, kind);
  VC_ASSERT(file.has_value() || !file.error().message.contains(kSecret));
  if (!file) {
    return;
  }
  for (const std::string_view profile : {"default", "ci", ""}) {
    const auto* const settings = file->find(profile);
    VC_ASSERT(settings == nullptr ||
              std::ranges::none_of(*settings, [](const auto& each) { return each.first.empty(); }));
  }
}

// Written anew, the host of an accepted address ends where it ended when it was checked.
void try_address(std::string_view text) {
  const auto url = vc::storage::container_url("", text);
  if (!url || url->starts_with("https://")) {
    return;
  }
  constexpr std::string_view kHttp = "http://";
  VC_ASSERT(url->starts_with(kHttp));
  std::string_view host = std::string_view(*url).substr(kHttp.size());
  host = host.substr(0, host.find_first_of("/?#\\"));
  VC_ASSERT(!host.contains('@'));
  host = host.substr(0, host.starts_with('[') ? host.find(']') + 1 : host.find(':'));
  VC_ASSERT(vc::storage::is_near_host(host));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'c':
      try_profiles(text, ProfileFileKind::credentials);
      break;
    case 'f':
      try_profiles(text, ProfileFileKind::config);
      break;
    case 'j':
      check(vc::storage::parse_credentials_json(text));
      break;
    case 's':
      check(vc::storage::parse_sts_answer(text));
      break;
    case 't':
      static_cast<void>(vc::storage::parse_expiration(text));
      break;
    default:
      try_address(text);
      break;
  }
  return 0;
}
