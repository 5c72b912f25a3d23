// Input: what a package manager's shell wrote down, a profile of .velocity/managers, a manifest.
// Whatever they are: no crash, and what is read as a profile is written and read as the same.

#include "agent/scripts/manager_profile.hpp"
#include "agent/scripts/recorded_script.hpp"
#include "agent/scripts/script_package.hpp"
#include "agent/scripts/yarn_manifest.hpp"
#include "core/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (const auto recorded = vc::agent::parse_recorded_script(input)) {
    VC_ASSERT(recorded->directory.starts_with('/'));
    VC_ASSERT(!recorded->environment.contains(""));
  }
  if (const auto profile = vc::agent::parse_profile(input)) {
    const auto again = vc::agent::parse_profile(vc::agent::profile_json(*profile));
    VC_ASSERT(again && again->changes == profile->changes && again->path == profile->path);
  }
  (void)vc::agent::read_script_package(input);
  // In a folder without a README or a licence.
  if (const auto package = vc::agent::read_yarn_package(input, "/proc/self/task")) {
    VC_ASSERT(package->variables.contains("npm_package_name"));
  }
  return 0;
}
