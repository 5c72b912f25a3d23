// nx.json and project.json: any bytes are targets or a list of mistakes with positions.
#include "agent/nx/nx_file.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_nx_member(text, "package.json"));
  const auto file = parse_nx_file(text, "nx.json");
  if (file) {
    for (const auto& [name, target] : file->targets) {
      VC_ASSERT(text.size() >= name.size() && target.executor.size() <= text.size() + 15);
    }
    return 0;
  }
  VC_ASSERT(has_errors(file.error()));
  const auto lines = 1 + std::ranges::count(text, '\n');
  for (const Diagnostic& error : file.error()) {
    VC_ASSERT(!error.message.empty() && error.code > 0);
    VC_ASSERT(error.at.line >= 0 && error.at.line <= lines && error.at.width >= 1);
  }
  VC_ASSERT(!render(file.error(), Colour::off).contains('\x1b'));
  return 0;
}
