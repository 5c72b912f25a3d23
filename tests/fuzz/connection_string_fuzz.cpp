// Connection strings of Azure: what is taken names an account, a key and a place, all of it out of
// the text; what is refused says nothing of the text but names of settings.
#include "core/assert.hpp"
#include "storage/azure/connection_string.hpp"
#include "storage/azure/container_endpoint.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace vc;
using namespace vc::storage;

void expect_whole(const AzureAccount& account, std::string_view text) {
  VC_ASSERT(!account.name.empty() && !account.key.empty() && !account.blob_url.empty());
  VC_ASSERT(text.find("AccountName=" + account.name) != std::string_view::npos);
  VC_ASSERT(text.find("AccountKey=" + account.key) != std::string_view::npos);
  VC_ASSERT(std::ranges::all_of(account.blob_url, [](char c) { return c > ' ' && c < '\x7f'; }));
  const auto endpoint = ContainerEndpoint::create(
      {.url = account.blob_url, .account = account.name, .container = "cache"});
  if (endpoint) {
    VC_ASSERT(endpoint->url_of("k").ends_with("/cache/k"));
    VC_ASSERT(endpoint->canonical_resource("k") == "/blob/" + account.name + "/cache/k");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto account = parse_connection_string(text)) {
    expect_whole(*account, text);
  } else {
    VC_ASSERT(account.error().code == Errc::invalid);
  }
  // Twice the same setting is refused, whatever it says and wherever it stands.
  const std::string twice = "AccountKey=a;" + std::string(text) + ";AccountKey=a";
  VC_ASSERT(!parse_connection_string(twice));
  return 0;
}
