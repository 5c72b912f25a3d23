// Input: which lockfile, and its text. Whatever it is: an error, or a smaller one that prunes to
// itself.
#include "agent/prune/text_lock.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  if (size == 0) {
    return 0;
  }
  const std::string_view file = data[0] % 2 == 0 ? "pnpm-lock.yaml" : "yarn.lock";
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<ManifestDependency> wanted{{.name = "a", .range = "^1.0.0"}};
  const LockContext context{.importers = {{.directory = "p", .name = "p", .dependencies = &wanted}},
                            .overridden = {}};
  static_cast<void>(pnpm_patches(text));
  const auto once = prune_text_lock(file, text, {"p"}, context);
  if (once) {
    VC_ASSERT(once->size() <= text.size());
    const auto twice = prune_text_lock(file, *once, {"p"}, context);
    VC_ASSERT(twice.has_value() && *twice == *once);
  }
  return 0;
}
