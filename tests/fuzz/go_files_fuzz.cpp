// go.mod and go.work: any bytes are a file or one mistake with its position.
#include "agent/native/go_files.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = 1 + std::ranges::count(text, '\n');
  const auto file = parse_go_file(text, "go.work");
  if (!file) {
    VC_ASSERT(file.error().at.line >= 1 && file.error().at.line <= lines);
    VC_ASSERT(!render(file.error()).contains('\x1b'));
    return 0;
  }
  for (const GoFolder& use : file->uses) {
    VC_ASSERT(!use.path.empty() && use.at.line >= 1 && use.at.line <= lines);
  }
  return 0;
}
