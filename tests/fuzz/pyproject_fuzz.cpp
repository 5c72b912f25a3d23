// pyproject.toml: any bytes are a project or one mistake with its position.
#include "agent/native/python_project.hpp"
#include "core/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vc::agent;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto project = parse_python_project(text, "pyproject.toml");
  if (!project) {
    const auto lines = 1 + std::ranges::count(text, '\n');
    VC_ASSERT(!project.error().message.empty() && project.error().at.line <= lines);
    VC_ASSERT(!render(project.error()).contains('\x1b'));
    return 0;
  }
  for (const PythonDependency& dependency : project->dependencies) {
    VC_ASSERT(dependency.name == normalized_python_name(dependency.name));
  }
  return 0;
}
