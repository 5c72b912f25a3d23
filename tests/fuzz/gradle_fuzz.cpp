// settings.gradle and build.gradle: any bytes are read, and no project's name can stand for another
// path than its own.
#include "agent/native/gradle_files.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const GradleSettings settings = read_gradle_settings(text);
  VC_ASSERT(std::ranges::is_sorted(settings.projects));
  for (const std::string& project : settings.projects) {
    VC_ASSERT(project.starts_with(':') && project.find_first_of("/# \n") == std::string::npos);
    VC_ASSERT(!gradle_accessor(project).contains(':'));
  }
  for (const GradleReference& reference : read_gradle_build(text)) {
    VC_ASSERT(reference.project.size() <= size);
  }
  return 0;
}
