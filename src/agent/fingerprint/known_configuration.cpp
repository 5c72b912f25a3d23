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

constexpr std::array<std::string_view, 15> kLockfiles{"package-lock.json",
                                                      "npm-shrinkwrap.json",
                                                      "pnpm-lock.yaml",
                                                      "yarn.lock",
                                                      "bun.lock",
                                                      "bun.lockb",
                                                      "deno.lock",
                                                      "Cargo.lock",
                                                      "go.sum",
                                                      "uv.lock",
                                                      "poetry.lock",
                                                      "pdm.lock",
                                                      "Pipfile.lock",
                                                      "Gemfile.lock",
                                                      "composer.lock"};

}  // namespace

bool is_known_configuration(std::string_view name) {
  return std::ranges::find(kWholeNames, name) != kWholeNames.end() ||
         std::ranges::any_of(kBeginnings, [&](auto start) { return name.starts_with(start); }) ||
         (name.starts_with("tsconfig.") && name.ends_with(".json"));
}

bool is_known_lockfile(std::string_view name) {
  return std::ranges::find(kLockfiles, name) != kLockfiles.end();
}

}  // namespace vc::agent
