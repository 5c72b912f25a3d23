// Input: which of bun.lock and yarn.lock (of yarn 2 and later), and its text. Whatever it is: an
// error, or one that prunes to itself.
#include "agent/prune/bun_lock.hpp"
#include "agent/prune/yarn_berry_lock.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  if (size == 0) {
    return 0;
  }
  const bool is_bun = data[0] % 2 == 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto resolutions =
      YarnResolutions::parse(R"({"resolutions": {"left": "2", "@a/b@npm:1/c@^1": "npm:3"}})");
  const auto cut = [&](std::string_view lockfile) {
    return is_bun ? prune_bun_lock(lockfile, {"p"})
                  : prune_yarn_berry_lock(lockfile, {"p"}, *resolutions);
  };
  static_cast<void>(is_bun ? bun_patches(text) : yarn_berry_patches(text));
  static_cast<void>(YarnResolutions::parse(text));
  if (const auto once = cut(text)) {
    const auto twice = cut(*once);
    VC_ASSERT(twice.has_value() && *twice == *once);
  }
  return 0;
}
