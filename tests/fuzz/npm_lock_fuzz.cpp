// Input: a package-lock.json. Whatever it is: an error, or a smaller one that prunes to itself.

#include "agent/prune/npm_lock.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto once =
      vc::agent::prune_npm_lock({reinterpret_cast<const char*>(data), size}, {"apps/web"});
  if (!once) {
    return 0;
  }
  const auto twice = vc::agent::prune_npm_lock(*once, {"apps/web"});
  VC_ASSERT(twice.has_value() && *twice == *once);
  return 0;
}
