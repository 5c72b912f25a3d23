// Input: which of Cargo.toml, Cargo.lock, go.work and pom.xml, and its text. Whatever it is: an
// error, or one that is cut down to itself.
#include "agent/prune/cargo_workspace.hpp"
#include "agent/prune/go_work.hpp"
#include "agent/prune/maven_modules.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

vc::Result<std::string> cut(unsigned kind, std::string_view text) {
  using namespace vc::agent;
  switch (kind) {
    case 0:
      return prune_cargo_manifest(text, {"a", "b"});
    case 1:
      return prune_cargo_lock(text, {"a"}, {"b"});
    case 2:
      return prune_go_work(text, {"a"});
    default:
      return prune_maven_modules(text, "d", {"d/a", "b"});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const unsigned kind = data[0] % 4U;
  if (const auto once = cut(kind, {reinterpret_cast<const char*>(data) + 1, size - 1})) {
    const auto twice = cut(kind, *once);
    VC_ASSERT(kind == 3 || (twice.has_value() && *twice == *once));
  }
  return 0;
}
