// Cargo.toml: any bytes are a manifest or one mistake with its position.
#include "agent/native/cargo_manifest.hpp"
#include "agent/native/native_files.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = parse_cargo_manifest(text, "Cargo.toml");
  if (!manifest) {
    const auto lines = 1 + std::ranges::count(text, '\n');
    VC_ASSERT(!manifest.error().message.empty() && manifest.error().at.line <= lines);
    VC_ASSERT(!render(manifest.error()).contains('\x1b'));
    return 0;
  }
  VC_ASSERT(!manifest->has_package || is_usable_name(manifest->name));
  for (const CargoDependency& dependency : manifest->dependencies) {
    const auto folder = folder_within("crates/a", dependency.path);
    VC_ASSERT(!folder || (!folder->starts_with('/') && !folder->starts_with("..")) ||
              folder->starts_with("..."));
  }
  return 0;
}
