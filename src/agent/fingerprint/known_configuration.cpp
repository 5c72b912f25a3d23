#include "agent/fingerprint/known_configuration.hpp"

#include <algorithm>
#include <array>

namespace vc::agent {

namespace {

constexpr std::array<std::string_view, 3> kWholeNames{"tsconfig.json", "Makefile",
                                                      "CMakeLists.txt"};
constexpr std::array<std::string_view, 6> kBeginnings{"babel.config.",   "vite.config.",
                                                      "webpack.config.", "jest.config.",
                                                      "vitest.config.",  ".eslintrc"};

}  // namespace

bool is_known_configuration(std::string_view name) {
  return std::ranges::find(kWholeNames, name) != kWholeNames.end() ||
         std::ranges::any_of(kBeginnings, [&](auto start) { return name.starts_with(start); }) ||
         (name.starts_with("tsconfig.") && name.ends_with(".json"));
}

}  // namespace vc::agent
