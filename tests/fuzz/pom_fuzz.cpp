// pom.xml: any bytes are a pom or one mistake with its position.
#include "agent/native/maven_pom.hpp"
#include "agent/native/native_files.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto pom = parse_maven_pom(text, "pom.xml");
  if (!pom) {
    VC_ASSERT(!pom.error().message.empty() && pom.error().at.line >= 0);
    VC_ASSERT(!render(pom.error()).contains('\x1b'));
    return 0;
  }
  VC_ASSERT(!pom->own.artifact.empty() && is_usable_name(pom->own.artifact));
  return 0;
}
